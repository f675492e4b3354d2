const charterError: unique symbol = Symbol.for('charter.error');

/** Where something stands: the file, and the row counted from 1 (in line-based formats the line). */
export interface Source {
  file: string;
  row: number;
  /** What was odd about the row and how it was handled, in a few words each. */
  quirks?: readonly string[];
}

/** A data file that cannot be read, or a row that does not fit. The message names file and row. */
export class DatasetError extends Error {
  readonly [charterError] = true;
  override readonly name = 'DatasetError';
  readonly file: string | undefined;
  /** Counted from 1; absent when the whole file is meant. */
  readonly row: number | undefined;
  /** What was wrong, without place and advice: equal for all rows with the same trouble. */
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
