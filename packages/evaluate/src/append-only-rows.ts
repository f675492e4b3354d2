import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EvaluateError } from './evaluate-error.js';

/** A JSONL file that only grows: rows that it held, and a way to add one. */
export interface AppendOnlyRows<Row> {
  readonly rows: readonly Row[];
  /** Resolves once the row is in the file. */
  append(row: Row): Promise<void>;
}

/**
 * Opens a JSONL file, or begins it. What a killed process left half written at its end is taken away.
 *
 * @param isRow whether a line's JSON is a row of this kind of file
 * @param what that a row is, for the message: `an answer`
 * @throws {EvaluateError} naming file and line of a row that is something else; the file stays as it is
 */
export const openAppendOnlyRows = async <Row extends object>(
  file: string,
  isRow: (value: unknown) => value is Row,
  what: string,
): Promise<AppendOnlyRows<Row>> => {
  await mkdir(dirname(file), { recursive: true });
  const bytes = await readFile(file).catch(error => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const whole = bytes.lastIndexOf('\n') + 1;
  const rows = bytes
    .subarray(0, whole)
    .toString()
    .split('\n')
    .flatMap((text, i): Row[] => {
      if (text.trim() === '') return [];
      const value = parsed(text);
      if (isRow(value)) return [value];
      throw new EvaluateError(
        `this is not ${what} that an evaluation wrote. Take the line out, or choose another file.`,
        { file, line: i + 1 },
      );
    });
  if (whole < bytes.length) await truncate(file, whole);

  // One write at a time: two that overlap could mix their lines.
  let last: Promise<void> = Promise.resolve();
  return {
    rows,
    append(row) {
      last = last.then(() => appendFile(file, `${JSON.stringify(row)}\n`));
      return last;
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
