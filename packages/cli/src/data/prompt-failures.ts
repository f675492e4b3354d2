import { isPromptFailure } from '@charter/generate';
import { CliError } from '../command-line/cli-error.js';
import type { Terminal } from '../command-line/terminal.js';

/** Rows that are named one by one. */
const SHOWN = 5;
/** Where nothing but failures came so far, it is no single row's fault. */
const MOST_WITHOUT_SUCCESS = 20;

/** Rows whose prompt a model refuses, such as one that is too long: skipped and counted, or the end of the command. */
export interface PromptFailures {
  readonly count: number;
  /** Counts a row that was answered. */
  answered(): void;
  /**
   * Skips a row.
   * @throws the error, naming the row, unless rows may be skipped and the fault is the row's own
   */
  failed(error: unknown, row: { source: { file: string; row: number } }): void;
  /** @throws {CliError} when rows were skipped and none was answered */
  end(): void;
}

export const promptFailures = (
  options: { 'skip-bad-rows': boolean },
  terminal: Pick<Terminal, 'note'>,
): PromptFailures => {
  let [count, answered] = [0, 0];
  return {
    get count() {
      return count;
    },
    answered() {
      answered += 1;
    },
    failed(error, { source }) {
      if (!isPromptFailure(error)) throw error;
      const named = `${source.file}:${source.row}: ${error.message}`;
      if (!options['skip-bad-rows']) throw new CliError(`${named} To go on without it: --skip-bad-rows.`);
      count += 1;
      if (answered === 0 && count >= MOST_WITHOUT_SUCCESS) {
        throw new CliError(`The first ${count} rows all failed, so none is skipped. The last one: ${named}`);
      }
      if (count <= SHOWN) terminal.note(`Skipped: ${named}`);
      if (count === SHOWN) terminal.note('Further skipped rows are counted without a message.');
    },
    end() {
      if (count > 0 && answered === 0) throw new CliError(`All ${count} rows failed; see above.`);
    },
  };
};
