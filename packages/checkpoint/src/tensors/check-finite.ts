import { type FileHandle, open } from 'node:fs/promises';
import type { StorageDType, StoredTensor } from '@charter/tensor';
import { CheckpointError } from '../checkpoint-error.js';
import { bytesPerElement } from './bytes-per-element.js';
import { readRange } from './read-range.js';

/** Bits of the exponent: all of them are set in NaN and in infinity, and in nothing else. */
const EXPONENT = { float32: 0x7f800000, bfloat16: 0x7f80, float16: 0x7c00 } as const;

/** Bytes read at a time. */
const CHUNK = 2 ** 22;

/**
 * Looks through all values of weights, in one pass over their files.
 *
 * An engine may make finite numbers of a NaN: ONNX Runtime's Softmax on WebGPU writes 0 for a row that holds one.
 *
 * @param where folder or file, for messages about weights in memory
 * @throws {CheckpointError} naming the first weight that holds NaN or infinity
 */
export const checkFinite = async (
  where: string,
  weights: Iterable<readonly [string, StoredTensor]>,
): Promise<void> => {
  const handles = new Map<string, FileHandle>();
  const buffer = new Uint8Array(CHUNK);
  const check = (file: string, tensor: string, dtype: StorageDType, bytes: Uint8Array, before: number) => {
    const at = firstNotFinite(bytes, dtype);
    if (at < 0) return;
    throw new CheckpointError(
      file,
      `element ${before / bytesPerElement[dtype] + at} is NaN or infinite, so no answer of the model would mean ` +
        'anything. Fetch the file again, or take a checkpoint from before its training diverged.',
      { tensor },
    );
  };
  try {
    for (const [tensor, stored] of weights) {
      const { dtype } = stored;
      if ('data' in stored) {
        // A copy, because these bytes may begin anywhere.
        check(where, tensor, dtype, stored.data.slice(), 0);
        continue;
      }
      const handle = handles.get(stored.file) ?? (await open(stored.file));
      handles.set(stored.file, handle);
      for (let done = 0; done < stored.length; done += CHUNK) {
        const part = buffer.subarray(0, Math.min(CHUNK, stored.length - done));
        if ((await readRange(handle, part, stored.offset + done)) < part.length) {
          throw new CheckpointError(stored.file, 'has become shorter since it was opened. Open it again.');
        }
        check(stored.file, tensor, dtype, part, done);
      }
    }
  } finally {
    for (const handle of handles.values()) await handle.close();
  }
};

/** Index of the first element that is NaN or infinite, or -1. Two elements of 16 bits are looked at in one step. */
const firstNotFinite = ({ buffer, byteOffset, length }: Uint8Array, dtype: StorageDType): number => {
  const mask = EXPONENT[dtype];
  const size = bytesPerElement[dtype];
  const high = size === 2 ? (mask << 16) >>> 0 : mask;
  const words = new Uint32Array(buffer, byteOffset, Math.floor(length / 4));
  let word = 0;
  while (word < words.length) {
    const bits = words[word]!;
    if ((bits & mask) === mask || (bits & high) >>> 0 === high) break;
    word += 1;
  }
  if (size === 4) return word < words.length ? word : -1;
  const elements = new Uint16Array(buffer, byteOffset, length / 2);
  for (let i = 2 * word; i < elements.length; i++) if ((elements[i]! & mask) === mask) return i;
  return -1;
};
