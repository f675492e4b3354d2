import { Readable } from 'node:stream';
import { parseExactJson } from '@charter/core';
import { CsvError, parse } from 'csv-parse';
import { DatasetError } from '../dataset-error.js';
import { isMessageList } from '../messages.js';
import type { SourceRecord } from '../row.js';
import { decodeUtf8 } from './lines.js';
import { openFile } from './open-file.js';

/**
 * Comma- or tab-separated rows under a line of column names. An empty cell counts as absent, and a cell that holds a
 * JSON list of messages (as exports of conversations do) is read as that list; any other cell is text. Rows are numbered without the line of names.
 */
export async function* readCsv(file: string, delimiter: ',' | '\t'): AsyncGenerator<SourceRecord> {
  const bytes = Readable.from(checkedUtf8(file));
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

/** The file's bytes, refused at the first line that is not UTF-8. */
async function* checkedUtf8(file: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let row = 1;
  for await (const chunk of openFile(file)) {
    try {
      decoder.decode(chunk, { stream: true });
    } catch {
      // Line by line, to name the one that is meant; a character cut by the chunk's end is not.
      const parts = Buffer.from(chunk).toString('latin1').split('\n');
      for (const [i, part] of parts.entries()) decodeUtf8(Buffer.from(part, 'latin1'), file, row + i);
      throw new DatasetError('not UTF-8', 'Save the file as UTF-8: iconv -f ORIGINAL -t UTF-8.', {
        file,
        row,
      });
    }
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) row += 1;
    yield chunk;
  }
}

const cellValue = (cell: string): unknown => {
  if (cell === '') return null;
  if (!/^\s*\[\s*\{/.test(cell)) return cell;
  try {
    const value = parseExactJson(cell);
    return isMessageList(value) ? value : cell;
  } catch {
    return cell; // text that only begins like a list
  }
};
