import type { Tensor } from '@charter/tensor';
import type { Collective } from '../collective/collective.js';
import { TrainingError } from '../training-error.js';
import type { PreparedBatch } from './training-task.js';

export interface BatchResult {
  readonly loss: number;
  /** Outputs of the task's graph besides the loss. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

type Feeds = PreparedBatch['microbatches'][number];

/** A microbatch with its place: the batch, and the number within it. */
export interface Microbatch {
  readonly feeds: Feeds;
  readonly batch: number;
  readonly index: number;
}

/**
 * Runs the microbatches of batches one after the other, each in one process of the collective.
 *
 * @param run computes one; its outputs are of one dimension, float32, where there are several processes
 * @param outputNames names of its outputs
 * @returns of each batch, in every process: the sum of the losses, and the outputs concatenated; and the number of
 * microbatches that ran here
 */
export const runBatches = async (
  collective: Collective,
  batches: readonly PreparedBatch[],
  outputNames: readonly string[],
  run: (microbatch: Microbatch, first: boolean) => Promise<Record<string, Tensor>>,
): Promise<{ results: BatchResult[]; ranHere: number }> => {
  const all = batches.flatMap(({ microbatches }, batch) =>
    microbatches.map((feeds, index): Microbatch => ({ feeds, batch, index })),
  );
  const ranks = shareOut(
    all.map(({ feeds }) => work(feeds)),
    collective.size,
  );
  const done: (Record<string, Tensor> | undefined)[] = all.map(() => undefined);
  let ranHere = 0;
  for (const [i, microbatch] of all.entries()) {
    if (ranks[i] !== collective.rank) continue;
    done[i] = await run(microbatch, ranHere === 0);
    ranHere++;
  }
  const tensors =
    collective.size === 1
      ? (done as Record<string, Tensor>[])
      : await exchange(collective, done, outputNames);
  const results = batches.map((_, batch): BatchResult => {
    const own = tensors.filter((_, i) => all[i]!.batch === batch);
    const { loss: _loss, ...outputs } = own[0]!;
    return {
      loss: own.reduce((sum, { loss }) => sum + loss!.data[0]!, 0),
      outputs: Object.fromEntries(
        Object.keys(outputs).map(name => [name, concatenated(own.map(result => result[name]!))]),
      ),
    };
  });
  return { results, ranHere };
};

/** The numbers that a microbatch feeds: its length, near enough to compare it with others. */
const work = (feeds: Feeds): number => Object.values(feeds).reduce((n, { data }) => n + data.length, 0);

/** The rank of each piece of work: the largest first, each to the rank that has least. */
export const shareOut = (sizes: readonly number[], ranks: number): number[] => {
  const loads = new Array<number>(ranks).fill(0);
  const shares = new Array<number>(sizes.length).fill(0);
  const largestFirst = sizes.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  for (const i of largestFirst) {
    const rank = loads.indexOf(Math.min(...loads));
    shares[i] = rank;
    loads[rank]! += sizes[i]!;
  }
  return shares;
};

/** The tensors of all processes: what ran elsewhere is 0 here, so that a sum carries it. */
const exchange = async (
  collective: Collective,
  done: readonly (Record<string, Tensor> | undefined)[],
  outputNames: readonly string[],
): Promise<Record<string, Tensor>[]> => {
  const names = ['loss', ...outputNames];
  const lengths = new Float64Array(done.length * names.length);
  for (const [i, tensors] of done.entries()) {
    if (!tensors) continue;
    for (const [j, name] of names.entries()) {
      const { data, dtype, shape } = tensors[name]!;
      if (dtype !== 'float32' || shape.length > 1) {
        throw new TrainingError(
          `The output ${name} of the task is ${dtype} [${shape}]; several processes exchange float32 of one dimension.`,
        );
      }
      lengths[i * names.length + j] = data.length;
    }
  }
  await collective.allReduce(lengths);
  const starts: number[] = [];
  let total = 0;
  for (const length of lengths) {
    starts.push(total);
    total += length;
  }
  const values = new Float32Array(total);
  for (const [i, tensors] of done.entries()) {
    for (const [j, name] of names.entries()) {
      if (tensors) values.set(tensors[name]!.data as Float32Array, starts[i * names.length + j]!);
    }
  }
  await collective.allReduce(values);
  return done.map((_, i) =>
    Object.fromEntries(
      names.map((name, j): [string, Tensor] => {
        const at = i * names.length + j;
        const length = lengths[at]!;
        return [
          name,
          { dtype: 'float32', shape: [length], data: values.slice(starts[at]!, starts[at]! + length) },
        ];
      }),
    ),
  );
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
