import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { withPath } from './with-path.js';

/**
 * Writes a file under a temporary name beside it, and renames it once it is complete and on disk: readers see the old
 * file or the new one, and a writer that dies leaves the old one.
 */
export const writeAtomically = async (
  file: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> => {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.partial`;
  const handle = await open(temporary, 'wx');
  try {
    try {
      await withPath(temporary, write(handle));
      await withPath(temporary, handle.sync());
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

/** {@link writeAtomically} of a text or bytes that are in memory. */
export const writeFileAtomically = (file: string, content: string | Uint8Array): Promise<void> =>
  writeAtomically(file, handle => handle.writeFile(content));
