import { open } from 'node:fs/promises';
import { CheckpointError } from '../checkpoint-error.js';
import { readRange } from '../tensors/read-range.js';
import type { GgufTensor } from './open-gguf.js';
import { quantizations } from './quantizations/quantizations.js';

/**
 * A GGUF tensor's elements, row-major, dequantized to float32 as gguf-py and transformers do.
 *
 * @throws {CheckpointError} when its file has become shorter
 */
export const readGgufTensor = async ({
  name,
  type,
  file,
  offset,
  length,
}: GgufTensor): Promise<Float32Array> => {
  const bytes = new Uint8Array(length);
  const handle = await open(file);
  try {
    if ((await readRange(handle, bytes, offset)) < length) {
      throw new CheckpointError(file, 'has become shorter since it was opened.', { tensor: name });
    }
  } finally {
    await handle.close();
  }
  return quantizations.get(type)!.dequantize(bytes);
};
