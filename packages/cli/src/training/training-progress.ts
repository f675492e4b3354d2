import type { TrainProgress } from '@charter/trainer';
import { formatSeconds, type Terminal } from '../command-line/terminal.js';

/** Progress line of training: loss, tokens per second and time left. */
export const trainingProgress = (terminal: Terminal, label: string) => {
  let line: ReturnType<Terminal['progress']> | undefined;
  return {
    update: ({ step, max_steps, loss, tokens_per_second, seconds_left }: TrainProgress) => {
      line ??= terminal.progress(label, max_steps);
      const fields = [
        loss !== undefined && `loss ${loss.toFixed(4)}`,
        tokens_per_second > 0 && `${tokens_per_second.toFixed(0)} tokens/s`,
        seconds_left !== undefined && step < max_steps && `${formatSeconds(seconds_left)} left`,
      ];
      line.update(step, fields.filter(Boolean).join(' · '));
    },
    stop: () => line?.stop(),
  };
};
