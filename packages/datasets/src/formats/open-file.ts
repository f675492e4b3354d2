import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { DatasetError } from '../dataset-error.js';

/** A file's bytes as they are read, gunzipped when it ends in .gz. */
export async function* openFile(file: string): AsyncGenerator<Uint8Array> {
  const bytes = createReadStream(file);
  try {
    if (!file.endsWith('.gz')) return yield* bytes;
    const unzipped = createGunzip();
    bytes.on('error', error => unzipped.destroy(error));
    yield* bytes.pipe(unzipped);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const zip = code?.startsWith('Z_');
    throw new DatasetError(
      zip ? `not a whole gzip file (${message})` : `cannot be read (${message})`,
      zip ? 'Download it again.' : 'Check the path.',
      { file, cause },
    );
  } finally {
    bytes.destroy();
  }
}

/** The same, whole. */
export const readWhole = async (file: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openFile(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
};
