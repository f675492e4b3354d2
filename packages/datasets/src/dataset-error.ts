import { CharterError } from '@charter/core';

/** File and row of a record; rows are counted from 1, in line-based formats by line. */
export interface SourceLocation {
  file: string;
  row: number;
  /** Oddities of the row and their handling, a few words each. */
  quirks?: readonly string[];
}

/** A data file that cannot be read, or a row that does not fit. The message names file and row. */
export class DatasetError extends CharterError {
  override readonly name = 'DatasetError';
  readonly file: string | undefined;
  /** Counted from 1; absent when the whole file is meant. */
  readonly row: number | undefined;
  /** The fault without its location and the advice: equal for all rows with the same fault. */
  readonly reason: string;

  /**
   * @param reason what was wrong
   * @param advice what to do about it
   */
  constructor(
    reason: string,
    advice: string,
    facts: { file?: string | undefined; row?: number | undefined; cause?: unknown } = {},
  ) {
    const { file, row, cause } = facts;
    const place = file === undefined ? '' : row === undefined ? `${file}: ` : `${file}:${row}: `;
    super(`${place}${reason}. ${advice}`, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.file = file;
    this.row = row;
  }
}
