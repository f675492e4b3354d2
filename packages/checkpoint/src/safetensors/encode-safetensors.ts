import type { StorageDType } from '@charter/tensor';
import { encodeTensor, layOutSafetensors, metadataOfPyTorch } from './safetensors-layout.js';

/** A tensor to be encoded. */
export interface TensorToEncode {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
  /** Default float32. Others are rounded to nearest, ties to even. */
  readonly dtype?: StorageDType | undefined;
}

/**
 * A safetensors file in memory, as a browser offers it for download: the bytes that `writeSafetensors` writes.
 *
 * @param metadata default `{ format: 'pt' }`, without which transformers and PEFT refuse a file
 * @throws {CheckpointError} when a name comes twice, data does not fit its shape, or a finite value does not fit float16
 */
export const encodeSafetensors = (
  tensors: Iterable<readonly [name: string, tensor: TensorToEncode]>,
  metadata: Readonly<Record<string, string>> = metadataOfPyTorch,
): Uint8Array<ArrayBuffer> => {
  const { beginning, entries, dataLength } = layOutSafetensors('safetensors', tensors, metadata);
  const bytes = new Uint8Array(beginning.length + dataLength);
  bytes.set(beginning);
  let at = beginning.length;
  for (const { data, ...entry } of entries) {
    const encoded = encodeTensor('safetensors', entry, data);
    bytes.set(encoded, at);
    at += encoded.length;
  }
  return bytes;
};
