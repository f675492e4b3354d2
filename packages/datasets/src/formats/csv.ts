import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { DatasetError } from '../dataset-error.js';
import type { SourceRecord } from '../row.js';
import { openFile } from './open-file.js';

/**
 * Comma- or tab-separated rows under a line of column names. An empty cell counts as absent, and a cell that holds a
 * JSON list (as exports of messages do) is read as that list. Rows are numbered without the line of names.
 */
export async function* readCsv(file: string, delimiter: ',' | '\t'): AsyncGenerator<SourceRecord> {
  const bytes = Readable.from(openFile(file));
  const rows = parse({ columns: true, bom: true, delimiter, skip_empty_lines: true });
  bytes.on('error', error => rows.destroy(error));
  let row = 0;
  try {
    for await (const cells of bytes.pipe(rows) as AsyncIterable<Record<string, string>>) {
      row += 1;
      const record = Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, cellValue(cell)]));
      yield { record, source: { file, row } };
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new DatasetError(
      `not valid CSV (${cause.message})`,
      'Put quotes around cells with separators or quotes.',
      {
        file,
        row: row + 1,
        cause,
      },
    );
  } finally {
    bytes.destroy();
  }
}

const cellValue = (cell: string): unknown => {
  if (cell === '') return null;
  if (!/^\s*\[\s*\{/.test(cell)) return cell;
  try {
    return JSON.parse(cell);
  } catch {
    return cell; // text that only begins like a list
  }
};
