import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Unzip, UnzipInflate } from 'fflate';

/**
 * Writes one file out of a ZIP archive, in pieces as it is read.
 *
 * @param onProgress called with the bytes written so far
 * @throws {Error} when the archive has no such entry or is damaged
 */
export const unpackZipEntry = async (
  archive: string,
  entry: string,
  file: string,
  onProgress?: (done: number) => void,
): Promise<void> => {
  const pieces: Uint8Array[] = [];
  let found = false;
  let failure: Error | undefined;
  const unzip = new Unzip();
  unzip.register(UnzipInflate);
  unzip.onfile = stream => {
    if (stream.name !== entry) return;
    found = true;
    stream.ondata = (error, piece) => {
      failure ??= error ?? undefined;
      if (piece) pieces.push(piece);
    };
    stream.start();
  };
  const handle = await open(file, 'w');
  try {
    let done = 0;
    const write = async () => {
      if (failure) throw failure;
      for (const piece of pieces.splice(0)) {
        await handle.writeFile(piece);
        done += piece.length;
      }
      if (done) onProgress?.(done);
    };
    for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 20 })) {
      unzip.push(chunk);
      await write();
    }
    unzip.push(new Uint8Array(0), true);
    await write();
  } finally {
    await handle.close();
  }
  if (!found) throw new Error(`${archive} has no ${entry} in it`);
};
