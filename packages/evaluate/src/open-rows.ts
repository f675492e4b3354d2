import { openJsonlLog } from '@charter/core/node';
import { EvaluateError } from './evaluate-error.js';

/**
 * Opens a JSONL file of rows of one kind for appending.
 *
 * @param isRow tells a row of this kind of file
 * @param kind noun for the message: `an answer`
 * @throws {EvaluateError} naming file and line of a row of another kind; the file stays as it is
 */
export const openRows = async <Row extends object>(
  file: string,
  isRow: (value: unknown) => value is Row,
  kind: string,
): Promise<{ rows: readonly Row[]; append(row: Row): Promise<void> }> => {
  const rows: Row[] = [];
  const { append } = await openJsonlLog(file, (row: unknown, line) => {
    if (!isRow(row)) {
      throw new EvaluateError(
        `this is not ${kind} that an evaluation wrote. Take the line out, or choose another file.`,
        { file, line },
      );
    }
    rows.push(row);
  });
  return { rows, append };
};
