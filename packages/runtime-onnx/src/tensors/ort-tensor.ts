import { type DType, elementCount, type Tensor } from '@charter/tensor';
import type { Ort, OrtTensor } from '../host/ort.js';

/** ONNX Runtime's tensor over the same memory. */
export const toOrt = (ort: Ort, { dtype, shape, data }: Tensor): OrtTensor =>
  new ort.Tensor(dtype, data as Float32Array, shape);

/** Tensor over the memory of an output in main memory. */
export const fromOrt = (output: OrtTensor): Tensor => {
  const { type, dims, data } = output;
  const shape = [...dims];
  // An empty output comes without a buffer of its own.
  if (elementCount(shape) === 0) return { dtype: type as DType, shape, data: (data as Float32Array).slice() };
  return { dtype: type as DType, shape, data: data as Float32Array };
};
