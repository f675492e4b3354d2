import type { StorageDType } from '@charter/tensor';

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<StorageDType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
};
