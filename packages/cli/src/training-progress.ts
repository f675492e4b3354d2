import type { TrainProgress } from '@charter/trainer';
import { formatSeconds, type Terminal } from './terminal.js';

/** A live line of training: loss, speed and time left. */
export const trainingProgress = (terminal: Terminal, label: string) => {
  let line: ReturnType<Terminal['progress']> | undefined;
  let first: number | undefined;
  let loss = '';
  return {
    update: ({ step, max_steps, entry, tokens, seconds }: TrainProgress) => {
      first ??= step;
      line ??= terminal.progress(label, max_steps);
      if (entry?.loss !== undefined) loss = `loss ${entry.loss.toFixed(4)} · `;
      const left = step > first ? ((max_steps - step) * seconds) / (step - first) : undefined;
      const speed = seconds > 0 ? `${(tokens / seconds).toFixed(0)} tokens/s` : 'starting';
      line.update(step, `${loss}${speed}${left === undefined ? '' : ` · ${formatSeconds(left)} left`}`);
    },
    stop: () => line?.stop(),
  };
};
