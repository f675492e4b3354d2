import type { Tensor } from '@charter/tensor';
import type { PreparedBatch } from './training-task.js';

export interface BatchResult {
  readonly loss: number;
  /** Outputs of the task's graph besides the loss. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** Runs the microbatches of a batch one after the other: the sum of their losses, and their outputs concatenated. */
export const runMicrobatches = async (
  { microbatches }: PreparedBatch,
  run: (feeds: PreparedBatch['microbatches'][number], index: number) => Promise<Record<string, Tensor>>,
): Promise<BatchResult> => {
  const results: Record<string, Tensor>[] = [];
  for (const [index, feeds] of microbatches.entries()) results.push(await run(feeds, index));
  const { loss: _, ...outputs } = results[0]!;
  return {
    loss: results.reduce((sum, { loss }) => sum + loss!.data[0]!, 0),
    outputs: Object.fromEntries(
      Object.keys(outputs).map(name => [name, concatenated(results.map(result => result[name]!))]),
    ),
  };
};

/** Tensors concatenated along their first axis. */
const concatenated = (tensors: readonly Tensor[]): Tensor => {
  const [first, ...others] = tensors as [Tensor, ...Tensor[]];
  if (others.length === 0) return first;
  const data = new (first.data.constructor as Float32ArrayConstructor)(
    tensors.reduce((n, tensor) => n + tensor.data.length, 0),
  );
  let at = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, at);
    at += tensor.data.length;
  }
  const rows = tensors.reduce((n, { shape }) => n + shape[0]!, 0);
  return { ...first, shape: [rows, ...first.shape.slice(1)], data } as Tensor;
};
