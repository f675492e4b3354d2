import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';

/** Writes rows under a temporary name; the file appears when `close` has written it all. */
export const createJsonlWriter = async (
  file: string,
): Promise<{ write(row: unknown): Promise<void>; close(): Promise<void> }> => {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.partial`;
  const stream = createWriteStream(temporary);
  return {
    write: async row => {
      if (!stream.write(`${JSON.stringify(row)}\n`)) {
        await once(stream, 'drain');
      }
    },
    close: async () => {
      stream.end();
      await finished(stream);
      await rename(temporary, file);
    },
  };
};
