import type { PullProgress } from '@charter/checkpoint';
import type { Progress, Terminal } from '../command-line/terminal.js';

/** Live lines of what is fetched and converted, one after the other for each file. */
export const pullProgress = (terminal: Terminal) => {
  let line: { what: string; progress: Progress | undefined } | undefined;
  return {
    update: ({ step, what, done, total }: PullProgress) => {
      if (line?.what !== what + step) {
        line?.progress?.stop();
        // A size that nobody knows makes no bar: pip, for one, does not say how far it is.
        const progress = total === undefined ? undefined : terminal.progress(step, megabytes(total));
        if (!progress) terminal.note(`${step.padEnd(12)} ${what} …`);
        line = { what: what + step, progress };
      }
      line.progress?.update(
        megabytes(done),
        `MB · ${what}`,
        total === undefined ? undefined : megabytes(total),
      );
    },
    stop: () => line?.progress?.stop(),
  };
};

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
