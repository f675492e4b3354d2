import { type DType, elementCount, type TensorData } from '@charter/tensor';
import { broadcastStrides, eachPosition, type Strided } from './strided-view.js';

const truncate = (x: number): number => Math.trunc(x);

/**
 * Element-by-element operations on whole numbers and conditions. Most backends hold whole numbers as float32, which
 * has 24 bits for them, so int32 stays on the host.
 */
const operations: Readonly<Record<string, (...inputs: number[]) => number>> = {
  copy: x => x!,
  stopGradient: x => x!,
  cast: truncate,
  toBool: x => (x === 0 ? 0 : 1),
  neg: x => -x!,
  add: (a, b) => a! + b!,
  sub: (a, b) => a! - b!,
  mul: (a, b) => Math.imul(a!, b!),
  div: (a, b) => truncate(a! / b!),
  maximum: (a, b) => Math.max(a!, b!),
  minimum: (a, b) => Math.min(a!, b!),
  equal: (a, b) => Number(a === b),
  less: (a, b) => Number(a! < b!),
  lessEqual: (a, b) => Number(a! <= b!),
  greater: (a, b) => Number(a! > b!),
  greaterEqual: (a, b) => Number(a! >= b!),
  and: (a, b) => a! & b!,
  or: (a, b) => a! | b!,
  where: (condition, a, b) => (condition ? a! : b!),
};

/** A value read on the host, or one number for all elements. */
export type HostInput = { readonly data: TensorData; readonly view: Strided } | number;

export const emptyData = (dtype: DType, size: number): TensorData =>
  dtype === 'float32'
    ? new Float32Array(size)
    : dtype === 'int32'
      ? new Int32Array(size)
      : new Uint8Array(size);

/** @returns the result, or undefined when the operation exists on the device only */
export const hostElementwise = (
  op: string,
  inputs: readonly HostInput[],
  shape: readonly number[],
  dtype: DType,
): TensorData | undefined => {
  const apply = operations[op];
  if (!apply) return undefined;
  const size = elementCount(shape);
  const result = emptyData(dtype, size);
  const columns = inputs.map(input => {
    if (typeof input === 'number') return new Float64Array(size).fill(input);
    const { data, view } = input;
    const column = new Float64Array(size);
    eachPosition({ shape, strides: broadcastStrides(view, shape), offset: view.offset }, (position, i) => {
      column[i] = data[position]!;
    });
    return column;
  });
  const [a, b, c] = columns;
  for (let i = 0; i < size; i++) result[i] = apply(a![i]!, b?.[i] ?? 0, c?.[i] ?? 0);
  return result;
};
