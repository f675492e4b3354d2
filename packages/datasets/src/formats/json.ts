import { OrderedObject, parseExactJson } from '@charter/core';
import { DatasetError } from '../dataset-error.js';
import type { SourceRecord } from '../row.js';
import { arrayItems, isJsonSpace } from './array-items.js';
import { decodeUtf8, lines, MOST_BYTES } from './lines.js';
import { openFile, readWhole } from './open-file.js';

/** One JSON object per line; blank lines are passed over. Rows are numbered by line. */
export async function* readJsonl(file: string): AsyncGenerator<SourceRecord | DatasetError> {
  let row = 0;
  for await (const line of lines(openFile(file), file)) {
    row += 1;
    if (line.trim() === '') continue;
    yield parsed(line, file, row);
  }
}

const parsed = (line: string, file: string, row: number): SourceRecord | DatasetError => {
  try {
    return asRecord(parseExactJson(line), file, row);
  } catch (cause) {
    const python = /\b(NaN|Infinity|None|True|False)\b/.exec(line)?.[0];
    return new DatasetError(
      `not valid JSON (${(cause as Error).message})`,
      python === undefined
        ? 'Expected one object per line; for a JSON array name the file .json.'
        : `${python} is Python’s and not JSON: write null, true or false.`,
      { file, row, cause },
    );
  }
};

const asRecord = (value: unknown, file: string, row: number): SourceRecord | DatasetError => {
  const columns = value instanceof OrderedObject ? value.toJSON() : value;
  if (typeof columns === 'object' && columns !== null && !Array.isArray(columns)) {
    return { record: columns as Record<string, unknown>, source: { file, row } };
  }
  return new DatasetError('not an object', 'Expected an object with columns as its fields.', { file, row });
};

/**
 * A JSON array of objects, read in passing; or an object that holds one under `data` (or under the split's name, or
 * `examples`), which is held whole. A file that holds one object per line is read as JSONL, since hubs name such files
 * .json too.
 */
export async function* readJson(
  file: string,
  split: string | undefined,
): AsyncGenerator<SourceRecord | DatasetError> {
  if (await beginsWithArray(file)) return yield* readArray(file);
  if (await looksLikeLines(file, split ?? 'data')) return yield* readJsonl(file);
  const bytes = await readWhole(file);
  if (bytes.length > MOST_BYTES) {
    throw new DatasetError(
      'an object of more than 512 MB, which cannot be read at once',
      'Write an array, or one object per line (JSONL): these are read in passing.',
      { file },
    );
  }
  let value: unknown;
  try {
    value = parseExactJson(decodeUtf8(bytes, file).replace(/^\uFEFF/, ''));
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    throw new DatasetError(`not valid JSON (${(cause as Error).message})`, 'Expected an array of objects.', {
      file,
      cause,
    });
  }
  const rows = Array.isArray(value) ? value : listIn(value, split ?? 'data');
  if (!Array.isArray(rows)) {
    throw new DatasetError('holds no list of rows', 'Expected an array of objects, or { "data": [ … ] }.', {
      file,
    });
  }
  for (const [index, row] of rows.entries()) yield asRecord(row, file, index + 1);
}

async function* readArray(file: string): AsyncGenerator<SourceRecord | DatasetError> {
  let row = 0;
  try {
    for await (const bytes of arrayItems(openFile(file))) {
      row += 1;
      yield asRecord(parseExactJson(decodeUtf8(bytes, file, row)), file, row);
    }
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    throw new DatasetError(`not valid JSON (${(cause as Error).message})`, 'Expected an array of objects.', {
      file,
      ...(row > 0 && { row }),
      cause,
    });
  }
}

/** True when the first byte that is no space, behind a byte order mark, opens an array. */
const beginsWithArray = async (file: string): Promise<boolean> => {
  let at = 0;
  for await (const chunk of openFile(file)) {
    for (const byte of chunk) {
      if (byte === 0x5b) return true;
      const isMark = at < 3 && byte === BYTE_ORDER_MARK[at];
      if (!isMark && !isJsonSpace(byte)) return false;
      at += 1;
    }
  }
  return false;
};

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** BIG-bench's tasks have their rows under `examples`. */
const listIn = (value: unknown, list: string): unknown => {
  if (typeof value !== 'object' || value === null) return undefined;
  const held = (value ?? {}) as Record<string, unknown>; // the file may hold null
  return held[list] ?? held.data ?? held.examples;
};

/** True when the first line is an object of its own and another line follows. */
const looksLikeLines = async (file: string, list: string): Promise<boolean> => {
  let first: string | undefined;
  for await (const line of lines(openFile(file), file)) {
    if (line.trim() === '') continue;
    if (first !== undefined) return true;
    if (!line.trimStart().startsWith('{')) return false;
    try {
      const object = JSON.parse(line) ?? {};
      if (Array.isArray(listIn(object, list))) return false;
    } catch {
      return false;
    }
    first = line;
  }
  return first !== undefined;
};
