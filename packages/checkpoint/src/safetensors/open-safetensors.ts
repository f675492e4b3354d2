import { open } from 'node:fs/promises';
import { CheckpointError } from '../checkpoint-error.js';
import { readRange } from '../tensors/read-range.js';
import type { SafetensorsFile } from './parse-safetensors.js';
import { headerLength, PREFIX_BYTES, readHeader } from './safetensors-header.js';

/**
 * Opens a safetensors file: reads and checks its header. No tensor is read before it is asked for.
 *
 * @throws {CheckpointError} when there is no such file, or its header does not describe it byte for byte
 * @see https://github.com/huggingface/safetensors#format
 */
export const openSafetensors = async (file: string): Promise<SafetensorsFile> => {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    const problem = cause.code === 'ENOENT' ? 'there is no such file.' : `cannot be opened: ${cause.message}`;
    throw new CheckpointError(file, problem, { cause });
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new CheckpointError(file, 'is not a file.');
    const read = async (length: number, offset: number) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, await readRange(handle, bytes, offset));
    };
    const length = headerLength(file, await read(PREFIX_BYTES, 0), stat.size);
    const dataStart = PREFIX_BYTES + length;
    const { floats, ...others } = readHeader(file, await read(length, PREFIX_BYTES), stat.size - dataStart);
    const tensors = floats.map(
      ({ name, dtype, shape, begin, end }) =>
        [name, { dtype, shape, file, offset: dataStart + begin, length: end - begin }] as const,
    );
    return { tensors: new Map(tensors), ...others };
  } finally {
    await handle.close();
  }
};
