import type { Tensor } from '@charter/tensor';

/** Copy with a buffer of its own, which may be transferred to another thread. */
export const copyTensor = ({
  dtype,
  shape,
  data,
}: Tensor): Tensor & { readonly data: { readonly buffer: ArrayBuffer } } => ({
  dtype,
  shape: [...shape],
  data: data.slice() as Float32Array<ArrayBuffer>,
});
