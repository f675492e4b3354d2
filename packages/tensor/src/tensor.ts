import { GraphError } from './errors.js';

/** Element types of values in a graph. Booleans are one byte each. */
export type DType = 'float32' | 'int32' | 'bool';

/** Element types of weights on disk; a runtime widens them to float32 unless its device computes in them. */
export type StorageDType = 'float32' | 'float16' | 'bfloat16';

export type TensorData<D extends DType = DType> = D extends 'float32'
  ? Float32Array<ArrayBufferLike>
  : D extends 'int32'
    ? Int32Array<ArrayBufferLike>
    : Uint8Array<ArrayBufferLike>;

/** A dense, row-major tensor on the host. `data.length` is the product of `shape`; a scalar has shape `[]`. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TensorData<D>;
}

/** A range of bytes in a file, or bytes in memory; `offset` and `length` are in bytes. */
export type StoredBytes =
  | { readonly file: string; readonly offset: number; readonly length: number }
  | { readonly data: Uint8Array };

/**
 * A frozen weight where it lies: in a safetensors file as it is, or in memory. Little-endian and row-major.
 */
export type StoredTensor = {
  readonly dtype: StorageDType;
  readonly shape: readonly number[];
} & StoredBytes;

export const elementCount = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

const make = <D extends DType>(dtype: D, data: TensorData<D>, shape: readonly number[]): Tensor<D> => {
  if (data.length !== elementCount(shape)) {
    throw new GraphError(
      `A ${dtype} tensor of shape [${shape}] holds ${elementCount(shape)} elements, but ${data.length} were given.`,
    );
  }
  return { dtype, shape, data };
};

/** A float32 tensor over `data` (not copied when it is a Float32Array); the shape defaults to one dimension. */
export const float32 = (data: ArrayLike<number>, shape: readonly number[] = [data.length]) =>
  make('float32', data instanceof Float32Array ? data : Float32Array.from(data), shape);

/** An int32 tensor over `data` (not copied when it is an Int32Array); the shape defaults to one dimension. */
export const int32 = (data: ArrayLike<number>, shape: readonly number[] = [data.length]) =>
  make('int32', data instanceof Int32Array ? data : Int32Array.from(data), shape);

/** A float32 scalar. */
export const scalar = (value: number) => float32([value], []);

/** A float32 tensor of zeros. */
export const zeros = (shape: readonly number[]) => float32(new Float32Array(elementCount(shape)), shape);
