import type { StoredTensor } from '@charter/tensor';
import { headerLength, PREFIX_BYTES, readHeader, type SafetensorsHeader } from './safetensors-header.js';

/** Tensors of a safetensors file. */
export interface SafetensorsFile extends Pick<SafetensorsHeader, 'otherTypes' | 'metadata'> {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Reads a safetensors file that is in memory, as a browser fetches it. Tensors are views of `bytes`, not copies.
 *
 * @param name what errors call the file
 * @throws {CheckpointError} when the header does not describe the bytes one by one
 */
export const parseSafetensors = (bytes: Uint8Array, name = 'model.safetensors'): SafetensorsFile => {
  const length = headerLength(name, bytes.subarray(0, PREFIX_BYTES), bytes.length);
  const data = bytes.subarray(PREFIX_BYTES + length);
  const header = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
  const { floats, ...others } = readHeader(name, header, data.length);
  const tensors = floats.map(
    ({ name, dtype, shape, begin, end }) =>
      [name, { dtype, shape, data: data.subarray(begin, end) }] as const,
  );
  return { tensors: new Map(tensors), ...others };
};
