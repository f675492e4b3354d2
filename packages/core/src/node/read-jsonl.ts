import { type FileHandle, open } from 'node:fs/promises';
import { JsonlError } from './jsonl-error.js';

/** A row, and the bytes of its line without the line feed. */
export interface JsonlPosition {
  row: Record<string, unknown>;
  start: number;
  length: number;
}

/** Rows of a JSONL file, one at a time. @throws {JsonlError} naming file and line of what is not a JSON object */
export async function* readJsonl(file: string): AsyncGenerator<Record<string, unknown>> {
  for await (const { row } of readJsonlPositions(file)) yield row;
}

/** Rows of a JSONL file with the bytes where they stand. @throws {JsonlError} as {@link readJsonl} */
export async function* readJsonlPositions(file: string): AsyncGenerator<JsonlPosition> {
  const handle = await open(file, 'r').catch(cause => {
    throw new JsonlError(`cannot be read (${(cause as Error).message})`, file, undefined, { cause });
  });
  try {
    let line = 0;
    for await (const { text, start, length } of readLines(handle)) {
      line += 1;
      if (text.trim() === '') continue;
      const row = parseRow(text);
      if (!row) throw notAnObject(file, line);
      yield { row, start, length };
    }
  } finally {
    await handle.close();
  }
}

/** The row that begins at a byte of the file. @throws {JsonlError} when there is none: another program wrote to the file */
export const readJsonlRow = async (file: string, start: number): Promise<Record<string, unknown>> => {
  const handle = await open(file, 'r');
  try {
    for await (const { text } of readLines(handle, start)) {
      const row = parseRow(text);
      if (row) return row;
      break;
    }
    throw new JsonlError('the file was changed by something else while rows were added to it', file);
  } finally {
    await handle.close();
  }
};

export interface Line {
  text: string;
  /** Byte at which it begins, and how many follow before its line feed. */
  start: number;
  length: number;
  /** False for a last line without its line feed. */
  ended: boolean;
}

// Not node:readline: it also splits at U+2028 and U+2029, which JSON leaves unescaped inside strings.
export async function* readLines(handle: FileHandle, from = 0): AsyncGenerator<Line> {
  const chunk = Buffer.allocUnsafe(1 << 16);
  let pieces: Buffer[] = [];
  let start = from;
  for (let position = from; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    let read = 0;
    for (
      let feed = findLineFeed(chunk, read, bytesRead);
      feed >= 0;
      feed = findLineFeed(chunk, read, bytesRead)
    ) {
      const bytes = Buffer.concat([...pieces, chunk.subarray(read, feed)]);
      yield { text: bytes.toString(), start, length: bytes.length, ended: true };
      pieces = [];
      read = feed + 1;
      start = position + read;
    }
    pieces.push(Buffer.from(chunk.subarray(read, bytesRead)));
    position += bytesRead;
  }
  const rest = Buffer.concat(pieces);
  if (rest.length > 0) yield { text: rest.toString(), start, length: rest.length, ended: false };
}

const findLineFeed = (chunk: Buffer, from: number, end: number): number => {
  const at = chunk.indexOf(0x0a, from);
  return at < end ? at : -1;
};

export const parseRow = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

export const notAnObject = (file: string, line: number): JsonlError =>
  new JsonlError('this line is not a JSON object; put it right or take it out', file, line);
