import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { convertGguf } from '../gguf/convert-gguf.js';
import { readRange } from '../tensors/read-range.js';
import { cacheFolder } from './cache-folder.js';
import type { PullOptions } from './pull-options.js';
import { removeLeftovers } from './remove-leftovers.js';
import { withLock } from './with-lock.js';

/** Is raised when a conversion gives other files, so that old ones are not used. */
const conversionVersion = 1;

/**
 * The folder in Hugging Face layout that a GGUF file was converted into; converts it when it is new or has changed.
 *
 * @throws {CheckpointError} when it cannot be converted
 */
export const convertedFolder = async (
  gguf: string,
  { cache, onProgress, signal }: PullOptions,
): Promise<string> => {
  const file = resolve(gguf);
  const name = basename(file).replace(/\.gguf$/i, '');
  const folder = join(cacheFolder(cache), 'converted', `${name}-${await fileKey(file)}`);
  await withLock(folder, signal, async () => {
    if (await stat(folder).catch(() => undefined)) return;
    await removeLeftovers(`${folder}.partial-`);
    const temporary = `${folder}.partial-${randomBytes(6).toString('hex')}`;
    try {
      await convertGguf(file, temporary, {
        signal,
        onProgress: (done, total) => onProgress?.({ step: 'convert', what: basename(file), done, total }),
      });
      await rename(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
  return folder;
};

/** Differs when the file does: from its size, its time and its first and last MiB, so that large files open at once. */
const fileKey = async (file: string): Promise<string> => {
  const handle = await open(file);
  try {
    const { size, mtimeMs } = await handle.stat();
    const hash = createHash('sha256').update(`${conversionVersion} ${size} ${mtimeMs}`);
    const part = Buffer.alloc(Math.min(size, 1 << 20));
    for (const offset of [0, size - part.length]) {
      await readRange(handle, part, offset);
      hash.update(part);
    }
    return hash.digest('hex').slice(0, 16);
  } finally {
    await handle.close();
  }
};
