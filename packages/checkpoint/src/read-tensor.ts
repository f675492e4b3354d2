import { open } from 'node:fs/promises';
import { CheckpointError } from './checkpoint-error.js';
import { widenBfloat16, widenFloat16 } from './half-floats.js';
import { readRange } from './read-range.js';
import { bytesPerElement, elementCount, type StorageDType, type StoredTensor } from './stored-tensor.js';

const widen: Readonly<Record<StorageDType, (bytes: ArrayBuffer) => Float32Array>> = {
  float32: bytes => new Float32Array(bytes),
  float16: bytes => widenFloat16(new Uint16Array(bytes)),
  bfloat16: bytes => widenBfloat16(new Uint16Array(bytes)),
};

/**
 * A stored tensor's elements, row-major, widened to float32.
 *
 * @throws {CheckpointError} when its file is gone or has become shorter
 */
export const readTensor = async (stored: StoredTensor): Promise<Float32Array> => {
  // Own memory, which a typed array may cover whatever the bytes' offset was.
  const bytes = new ArrayBuffer(elementCount(stored.shape) * bytesPerElement[stored.dtype]);
  if ('data' in stored) new Uint8Array(bytes).set(stored.data);
  else await readFrom(stored, new Uint8Array(bytes));
  return widen[stored.dtype](bytes);
};

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
