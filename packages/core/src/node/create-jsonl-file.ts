import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withPath } from './with-path.js';

/** A JSONL file in the making. */
export interface JsonlFile {
  write(row: unknown): Promise<void>;
  /** Resolves once the file has its name. */
  close(): Promise<void>;
}

/** Rows are written in pieces of this many characters. */
const PIECE = 1 << 16;

/**
 * Writes rows under the temporary name `FILE.partial`; the file appears when `close` has written it all. What is no
 * regular file, such as a pipe or /dev/stdout, is written directly.
 */
export const createJsonlFile = async (file: string): Promise<JsonlFile> => {
  await mkdir(dirname(file), { recursive: true });
  const direct = (await stat(file).catch(() => undefined))?.isFile() === false;
  const temporary = direct ? file : `${file}.partial`;
  const handle = await open(temporary, 'w');
  let waiting: string[] = [];
  let length = 0;
  const flush = async () => {
    const text = waiting.join('');
    waiting = [];
    length = 0;
    await withPath(temporary, handle.appendFile(text));
  };
  return {
    write: async row => {
      const line = `${JSON.stringify(row)}\n`;
      waiting.push(line);
      length += line.length;
      if (length >= PIECE) await flush();
    },
    close: async () => {
      try {
        await flush();
      } finally {
        await handle.close();
      }
      if (!direct) await rename(temporary, file);
    },
  };
};
