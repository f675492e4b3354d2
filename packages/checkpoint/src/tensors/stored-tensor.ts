/** Element types of the weights that are read and written. */
export type StorageDType = 'float32' | 'float16' | 'bfloat16';

/**
 * A weight where it lies: a range of bytes in a file, or bytes in memory. Little-endian and row-major; `offset` and
 * `length` are in bytes. It has the shape of `@charter/tensor`'s type of the same name, so that an engine takes it.
 */
export type StoredTensor = { readonly dtype: StorageDType; readonly shape: readonly number[] } & (
  | { readonly file: string; readonly offset: number; readonly length: number }
  | { readonly data: Uint8Array }
);

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<StorageDType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
};

/** Number of elements of a shape; 1 for a scalar's `[]`. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
