import type { ReferenceProgress } from '@charter/dpo';
import type { Terminal } from '../command-line/terminal.js';

/** Progress line of the reference log-probabilities; none when all are in the cache. */
export const referenceProgress = (terminal: Terminal) => {
  let line: ReturnType<Terminal['progress']> | undefined;
  return {
    update: ({ done, pairs }: ReferenceProgress) => {
      if (!line && done === pairs) return;
      line ??= terminal.progress('reference', pairs);
      line.update(done);
      if (done < pairs) return;
      line.stop();
      line = undefined;
    },
    stop: () => line?.stop(),
  };
};
