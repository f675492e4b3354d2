import { CharterError } from '../charter-error.js';

/** A JSONL file that cannot be read, or a line of it that is not a JSON object. */
export class JsonlError extends CharterError {
  override readonly name = 'JsonlError';

  /** @param problem what is wrong and what to do about it; file and line are put in front of it */
  constructor(
    problem: string,
    readonly file: string,
    /** Counted from 1; absent when the whole file is meant. */
    readonly line?: number,
    options?: ErrorOptions,
  ) {
    super(`${line === undefined ? file : `${file}:${line}`}: ${problem}`, options);
  }
}
