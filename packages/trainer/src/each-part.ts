import type { Tensor } from '@charter/tensor';
import type { MicroBatch } from './training-task.js';

export interface PassResult {
  readonly loss: number;
  /** What the task's graph has besides. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** Runs the parts of a pass one after the other: the sum of their losses, and their outputs joined. */
export const eachPart = async (
  { parts }: MicroBatch,
  run: (feeds: MicroBatch['parts'][number], part: number) => Promise<Record<string, Tensor>>,
): Promise<PassResult> => {
  const results: Record<string, Tensor>[] = [];
  for (const [part, feeds] of parts.entries()) results.push(await run(feeds, part));
  const { loss: _, ...outputs } = results[0]!;
  return {
    loss: results.reduce((sum, { loss }) => sum + loss!.data[0]!, 0),
    outputs: Object.fromEntries(
      Object.keys(outputs).map(name => [name, joined(results.map(result => result[name]!))]),
    ),
  };
};

/** Tensors one behind the other along their first axis. */
const joined = (tensors: readonly Tensor[]): Tensor => {
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
