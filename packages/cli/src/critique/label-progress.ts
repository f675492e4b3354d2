import type { LabelProgress, LabelSummary } from '@charter/critique';
import { formatSeconds, type Terminal } from '../command-line/terminal.js';

/** Progress line of labelling. */
export const labelProgress = (terminal: Terminal, total: number) => {
  const line = terminal.progress('label', total);
  const begin = performance.now();
  return {
    update: ({ done, skipped }: LabelProgress) => {
      const seconds = (performance.now() - begin) / 1000;
      const left = done > skipped ? ((total - done) * seconds) / (done - skipped) : 0;
      line.update(done, `${formatSeconds(left)} left`);
    },
    stop: line.stop,
  };
};

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

/** Closing lines of labelling. */
export const describeLabels = (summary: LabelSummary): string[] => [
  `${summary.labelled} pairs labelled, ${summary.undecided} undecided: ${summary.out}`,
  `The second answer (the revision) was preferred in ${percent(summary.preferred_b)} of ${summary.labelled}; ` +
    `both orders agreed in ${percent(summary.consistency)}; position bias ${summary.position_bias.toFixed(2)} nats`,
];
