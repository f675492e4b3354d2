import type { PullProgress } from '@charter/checkpoint';
import type { Progress, Terminal } from './terminal.js';

/** Live lines of what is fetched and converted, one after the other for each file. */
export const pullProgress = (terminal: Terminal) => {
  let line: { what: string; progress: Progress } | undefined;
  return {
    update: ({ step, what, done, total }: PullProgress) => {
      if (line?.what !== what + step) {
        line?.progress.stop();
        line = { what: what + step, progress: terminal.progress(step, megabytes(total ?? 0)) };
      }
      line.progress.update(
        megabytes(done),
        `MB · ${what}`,
        total === undefined ? undefined : megabytes(total),
      );
    },
    stop: () => line?.progress.stop(),
  };
};

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
