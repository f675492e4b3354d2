import { open } from 'node:fs/promises';
import type { StoredTensor } from '@charter/tensor';
import { CheckpointError } from '../checkpoint-error.js';
import { readRange } from './read-range.js';
import { tensorValues } from './tensor-values.js';

/**
 * A stored tensor's elements, row-major, widened to float32.
 *
 * @throws {CheckpointError} when its file is gone or has become shorter
 */
export const readTensor = (stored: StoredTensor): Promise<Float32Array> =>
  tensorValues(stored, into => ('data' in stored ? into.set(stored.data) : readFrom(stored, into)));

const readFrom = async ({ file, offset }: { file: string; offset: number }, into: Uint8Array) => {
  const handle = await open(file).catch((cause: Error) => {
    throw new CheckpointError(file, `cannot be opened any more: ${cause.message}`, { cause });
  });
  try {
    if ((await readRange(handle, into, offset)) === into.length) return;
    throw new CheckpointError(file, 'has become shorter since it was opened. Open it again.');
  } finally {
    await handle.close();
  }
};
