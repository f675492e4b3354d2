import { writeAtomically } from '@charter/core/node';
import type { StorageDType } from '@charter/tensor';
import { encodeTensor, layOutSafetensors, metadataOfPyTorch } from './safetensors-layout.js';

/** A tensor to be written. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  /** Row-major; or a function that gives it when its turn comes, so that a large model is never held whole. */
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
  /** Default float32. Others are rounded to nearest, ties to even. */
  readonly dtype?: StorageDType | undefined;
}

/**
 * Writes a safetensors file, under a temporary name until it is complete. The same tensors give the same bytes
 * whatever their order, and those that Python's library writes.
 *
 * @param metadata default `{ format: 'pt' }`, without which transformers and PEFT refuse a file
 * @throws {CheckpointError} when a name comes twice, data does not fit its shape, or a finite value does not fit float16
 */
export const writeSafetensors = async (
  file: string,
  tensors: Iterable<readonly [name: string, tensor: TensorToWrite]>,
  metadata: Readonly<Record<string, string>> = metadataOfPyTorch,
): Promise<void> => {
  const { beginning, entries } = layOutSafetensors(file, tensors, metadata);
  await writeAtomically(file, async handle => {
    await handle.writeFile(beginning);
    for (const { data, ...entry } of entries) {
      await handle.writeFile(encodeTensor(file, entry, typeof data === 'function' ? await data() : data));
    }
  });
};
