import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';

/** A JSONL file in the making. */
export interface JsonlFile {
  write(row: unknown): Promise<void>;
  /** Resolves once the file has its name. */
  close(): Promise<void>;
}

/** Writes rows under the temporary name `FILE.partial`; the file appears when `close` has written it all. */
export const createJsonlFile = async (file: string): Promise<JsonlFile> => {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.partial`;
  const stream = createWriteStream(temporary);
  return {
    write: async row => {
      if (!stream.write(`${JSON.stringify(row)}\n`)) await once(stream, 'drain');
    },
    close: async () => {
      stream.end();
      await finished(stream);
      await rename(temporary, file);
    },
  };
};
