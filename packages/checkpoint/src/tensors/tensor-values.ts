import { elementCount, type StorageDType, type StoredTensor } from '@charter/tensor';
import { bytesPerElement } from './bytes-per-element.js';
import { widenBfloat16, widenFloat16 } from './half-floats.js';

const widen: Readonly<Record<StorageDType, (bytes: ArrayBuffer) => Float32Array>> = {
  float32: bytes => new Float32Array(bytes),
  float16: bytes => widenFloat16(new Uint16Array(bytes)),
  bfloat16: bytes => widenBfloat16(new Uint16Array(bytes)),
};

/**
 * A tensor's elements, row-major, widened to float32.
 *
 * @param fill puts the tensor's bytes into the array that it gets
 */
export const tensorValues = async (
  { dtype, shape }: StoredTensor,
  fill: (into: Uint8Array) => void | Promise<void>,
): Promise<Float32Array> => {
  // Own memory, which a typed array may cover whatever the bytes' offset was.
  const bytes = new ArrayBuffer(elementCount(shape) * bytesPerElement[dtype]);
  await fill(new Uint8Array(bytes));
  return widen[dtype](bytes);
};
