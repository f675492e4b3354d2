import { appendFile, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { notAnObject, parseRow, readLines } from './read-jsonl.js';
import { withPath } from './with-path.js';

/** A JSONL file that only grows. */
export interface JsonlLog {
  /** Resolves once the row is on the disk. */
  append(row: object): Promise<void>;
  /** Resolves once all rows given so far are on the disk. No file stays open behind it. */
  flushed(): Promise<void>;
}

/**
 * Opens a JSONL file for appending, or begins it, and shows each row that it already holds. A line that a killed process
 * left half written at the end is taken away.
 *
 * @param onRow gets each row, its line (from 1) and the byte at which it begins; what it throws leaves the file as it was
 * @throws {JsonlError} naming file and line when a complete line is not a JSON object
 */
export const openJsonlLog = async (
  file: string,
  onRow: (row: Record<string, unknown>, line: number, start: number) => void,
): Promise<JsonlLog> => {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a+');
  try {
    await repairEnd(handle, await showRows(handle, file, onRow));
  } finally {
    await handle.close();
  }
  return appendTo(file);
};

type End = { state: 'complete' } | { state: 'line feed missing' } | { state: 'torn'; start: number };

const showRows = async (
  handle: FileHandle,
  file: string,
  onRow: (row: Record<string, unknown>, line: number, start: number) => void,
): Promise<End> => {
  let line = 0;
  for await (const { text, start, ended } of readLines(handle)) {
    line += 1;
    const row = parseRow(text);
    if (row) onRow(row, line, start);
    if (!ended) return row ? { state: 'line feed missing' } : { state: 'torn', start };
    if (!row && text.trim() !== '') throw notAnObject(file, line);
  }
  return { state: 'complete' };
};

const repairEnd = async (handle: FileHandle, end: End): Promise<void> => {
  if (end.state === 'torn') await handle.truncate(end.start);
  if (end.state === 'line feed missing') await handle.write('\n');
};

const appendTo = (file: string): JsonlLog => {
  let waiting: { line: string; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;

  // Rows that finish while the disk is busy share the next fsync, so that a slow disk holds nobody up for long.
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await withPath(file, appendFile(file, batch.map(({ line }) => line).join(''), { flush: true }));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  };

  return {
    append: row =>
      new Promise((resolve, reject) => {
        waiting.push({ line: `${JSON.stringify(row)}\n`, resolve, reject });
        writing ??= drain();
      }),
    flushed: async () => {
      await writing;
    },
  };
};
