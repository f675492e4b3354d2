import type { FileHandle } from 'node:fs/promises';

/** Node refuses reads of 2 GiB and more. */
const largestRead = 2 ** 30;

/** Fills `into` with the bytes from `offset` on; returns how many there were, fewer only at the end of the file. */
export const readRange = async (handle: FileHandle, into: Uint8Array, offset: number): Promise<number> => {
  let done = 0;
  while (done < into.length) {
    const length = Math.min(into.length - done, largestRead);
    const { bytesRead } = await handle.read(into, done, length, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
};
