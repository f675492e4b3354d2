import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CritiqueError } from '../critique-error.js';

/** A JSONL file that only ever grows. */
export interface AppendOnlyRows {
  /** Resolves once the row is on the disk. */
  append(row: object): Promise<void>;
  close(): Promise<void>;
}

/** @param start byte at which the row begins, for {@link readRowAt} */
export type OnRow = (row: Record<string, unknown>, line: number, start: number) => void;

/**
 * Opens a JSONL file for appending, shows every row that it already holds, and takes away what a killed process
 * left half written at its end.
 *
 * @throws {CritiqueError} naming file and line when a finished line is not a JSON object
 */
export async function openAppendOnlyRows(file: string, onRow: OnRow): Promise<AppendOnlyRows> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a+');
  try {
    await repairEnd(handle, await readRows(handle, file, onRow));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return appendTo(handle);
}

/** Rows of a JSONL file, one at a time. @throws {CritiqueError} naming file and line of what is not a JSON object */
export async function* readJsonl(file: string): AsyncGenerator<Record<string, unknown>> {
  for await (const { row } of readPlaces(file)) yield row;
}

/** Rows of a JSONL file with the bytes at which they stand, the line feed not counted. @throws {CritiqueError} as {@link readJsonl} */
export async function* readPlaces(
  file: string,
): AsyncGenerator<{ row: Record<string, unknown>; start: number; length: number }> {
  const handle = await open(file, 'r').catch(cause => {
    throw new CritiqueError(`cannot be read (${(cause as Error).message})`, { file }, { cause });
  });
  try {
    let line = 0;
    for await (const { text, start, length } of lines(handle)) {
      line += 1;
      if (text.trim() === '') continue;
      const row = asObject(text);
      if (!row) throw notAnObject(file, line);
      yield { row, start, length };
    }
  } finally {
    await handle.close();
  }
}

/** The row that begins at a byte of the file. @throws {CritiqueError} when there is none: somebody else wrote to it */
export async function readRowAt(file: string, start: number): Promise<Record<string, unknown>> {
  const handle = await open(file, 'r');
  try {
    for await (const { text } of lines(handle, start)) {
      const row = asObject(text);
      if (row) return row;
      break;
    }
    throw new CritiqueError('the file was changed by something else while rows were added to it', { file });
  } finally {
    await handle.close();
  }
}

interface Line {
  text: string;
  /** Byte at which it begins, and how many follow before its line feed. */
  start: number;
  length: number;
  /** False for a last line without its line feed. */
  ended: boolean;
}

// Not node:readline: it also splits at U+2028 and U+2029, which JSON leaves unescaped inside strings.
async function* lines(handle: FileHandle, from = 0): AsyncGenerator<Line> {
  const chunk = Buffer.allocUnsafe(1 << 16);
  let parts: Buffer[] = [];
  let start = from;
  for (let position = from; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    let read = 0;
    for (let feed = find(chunk, read, bytesRead); feed >= 0; feed = find(chunk, read, bytesRead)) {
      const bytes = Buffer.concat([...parts, chunk.subarray(read, feed)]);
      yield { text: bytes.toString(), start, length: bytes.length, ended: true };
      parts = [];
      read = feed + 1;
      start = position + read;
    }
    parts.push(Buffer.from(chunk.subarray(read, bytesRead)));
    position += bytesRead;
  }
  const rest = Buffer.concat(parts);
  if (rest.length > 0) yield { text: rest.toString(), start, length: rest.length, ended: false };
}

function find(chunk: Buffer, from: number, end: number): number {
  const at = chunk.indexOf(0x0a, from);
  return at < end ? at : -1;
}

type End = { state: 'whole' } | { state: 'line feed missing' } | { state: 'torn'; start: number };

async function readRows(handle: FileHandle, file: string, onRow: OnRow): Promise<End> {
  let line = 0;
  for await (const { text, start, ended } of lines(handle)) {
    line += 1;
    const row = asObject(text);
    if (row) onRow(row, line, start);
    if (!ended) return row ? { state: 'line feed missing' } : { state: 'torn', start };
    if (!row && text.trim() !== '') throw notAnObject(file, line);
  }
  return { state: 'whole' };
}

async function repairEnd(handle: FileHandle, end: End): Promise<void> {
  if (end.state === 'torn') await handle.truncate(end.start);
  if (end.state === 'line feed missing') await handle.write('\n');
}

function asObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function notAnObject(file: string, line: number): CritiqueError {
  return new CritiqueError('this line is not a JSON object; put it right or take it out', { file, line });
}

function appendTo(handle: FileHandle): AppendOnlyRows {
  let waiting: { line: string; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;

  // Rows that finish while the disk is busy share the next fsync, so that a slow disk holds nobody up for long.
  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        for (const { line } of batch) await handle.appendFile(line);
        await handle.datasync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  }

  return {
    append: row =>
      new Promise((resolve, reject) => {
        waiting.push({ line: `${JSON.stringify(row)}\n`, resolve, reject });
        writing ??= drain();
      }),
    async close() {
      await writing;
      await handle.close();
    },
  };
}
