import type { PretrainedModel } from '@charter/models';
import { Graph, type Program, type Runtime } from '@charter/tensor';
import {
  anyRank,
  type Collective,
  fromRankZero,
  packBatch,
  packedForward,
  singleProcess,
  splitByTokens,
} from '@charter/trainer';
import { pairTree, type TokenizedPair } from './dpo-examples.js';
import { answerLogps, type PairLogps } from './dpo-task.js';
import type { FrozenReference } from './frozen-reference.js';

export interface ReferenceProgress {
  /** Number of pairs with known log-probabilities. */
  readonly done: number;
  readonly pairs: number;
}

/** Log-probabilities that are known already: in memory, or in a file (`openLogpsCache`). */
export interface LogpsCache {
  get(pair: TokenizedPair): PairLogps | undefined;
  add(pairs: readonly TokenizedPair[], logps: readonly PairLogps[]): Promise<void>;
}

/** Cache that lives as long as its run. */
export const memoryLogpsCache = (): LogpsCache => {
  const known = new Map<string, PairLogps>();
  const keyOf = ({ prompt, chosen, rejected }: TokenizedPair) => `${prompt}|${chosen}|${rejected}`;
  return {
    get: pair => known.get(keyOf(pair)),
    add: async (pairs, logps) => {
      for (const [i, pair] of pairs.entries()) known.set(keyOf(pair), logps[i]!);
    },
  };
};

export interface ReferenceLogpsOptions {
  readonly cache: LogpsCache;
  /** Pairs in one batch. */
  readonly batch_size: number;
  /** Maximum number of tokens per microbatch, unless a single pair has more. */
  readonly max_tokens_per_microbatch: number;
  readonly packing: boolean;
  readonly max_length: number;
  /** Weight of the tokens by which the longer answer exceeds the shorter (LD-DPO); default 1. */
  readonly ld_alpha?: number | undefined;
  onProgress?: ((progress: ReferenceProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Processes that share the batches; the cache of rank 0 counts. Default: this one alone. */
  readonly collective?: Collective | undefined;
}

/**
 * Log-probabilities of pairs under a frozen model, in nats, each computed once: those in the cache are taken from there.
 *
 * @returns one for each pair, in order; undefined when `signal` stopped it
 */
export const referenceLogps = async (
  runtime: Runtime,
  { config }: Pick<PretrainedModel, 'config'>,
  reference: FrozenReference,
  pairs: readonly TokenizedPair[],
  options: ReferenceLogpsOptions,
): Promise<PairLogps[] | undefined> => {
  const { cache, packing, max_length, ld_alpha, collective = singleProcess } = options;
  const batches = batchesByLength(pairs, options.batch_size);
  const missing = (batch: readonly TokenizedPair[]) => batch.filter(pair => !cache.get(pair)).length;
  let done = pairs.length - missing(pairs);
  const report = () => options.onProgress?.({ done, pairs: pairs.length });
  let program: Program | undefined;
  const compute = async (batch: readonly TokenizedPair[]): Promise<PairLogps[]> => {
    program ??= await compile(runtime, { config, reference, max_length });
    const logps: PairLogps[] = [];
    for (const group of splitByTokens(batch.map(pairTree), options.max_tokens_per_microbatch)) {
      const { feeds, ranges } = packBatch(group, { packing, config });
      const { label_logps } = await program.run(feeds);
      logps.push(...answerLogps(label_logps!.data, ranges, ld_alpha));
    }
    return logps;
  };
  try {
    report();
    for (let next = 0; ; ) {
      // One batch for each process: a batch is computed whole: the same pairs in one batch round the same way, in a
      // resumed run too.
      const due = await fromRankZero(collective, batchesDue(batches, next, collective.size, missing));
      if (due.length === 0) break;
      if (await anyRank(collective, options.signal?.aborted ?? false)) return undefined;
      const group = due.map(i => batches[i]!);
      const own = group[collective.rank];
      const found = new Float64Array(2 * group.flat().length);
      if (own) writeLogps(found, group.slice(0, collective.rank).flat().length, await compute(own));
      await collective.allReduce(found);
      done += missing(group.flat());
      await cache.add(group.flat(), readLogps(found));
      report();
      next = due.at(-1)! + 1;
    }
  } finally {
    await program?.dispose();
  }
  const all = new Float64Array(2 * pairs.length);
  if (collective.rank === 0)
    writeLogps(
      all,
      0,
      pairs.map(pair => cache.get(pair)!),
    );
  await collective.broadcast(all);
  return readLogps(all);
};

/** Positions of the next `count` batches, from `next` on, that have pairs to compute. */
const batchesDue = (
  batches: readonly (readonly TokenizedPair[])[],
  next: number,
  count: number,
  missing: (batch: readonly TokenizedPair[]) => number,
): number[] => {
  const due: number[] = [];
  for (let i = next; i < batches.length && due.length < count; i++) {
    if (missing(batches[i]!) > 0) due.push(i);
  }
  return due;
};

/** Puts log-probabilities into an array, two for each pair, from pair `start` on. */
const writeLogps = (into: Float64Array, start: number, logps: readonly PairLogps[]): void => {
  for (const [i, { chosen, rejected }] of logps.entries()) into.set([chosen, rejected], 2 * (start + i));
};

const readLogps = (from: Float64Array): PairLogps[] =>
  Array.from({ length: from.length / 2 }, (_, i) => ({ chosen: from[2 * i]!, rejected: from[2 * i + 1]! }));

const compile = (
  runtime: Runtime,
  {
    config,
    reference,
    max_length,
  }: Pick<PretrainedModel, 'config'> & { reference: FrozenReference; max_length: number },
): Promise<Program> => {
  const graph = new Graph();
  const linear = reference.linear(graph);
  const { label_logps } = packedForward(graph, config, { linear, maxPositions: max_length });
  graph.output('label_logps', label_logps);
  // As the policy is computed: rewards start at 0.
  return runtime.compile(graph, { weights: reference.weights, activations: 'float32' });
};

/** Pairs in batches of similar length: less padding. */
const batchesByLength = (pairs: readonly TokenizedPair[], size: number): TokenizedPair[][] => {
  const length = ({ prompt, chosen, rejected }: TokenizedPair) =>
    prompt.length + chosen.length + rejected.length;
  const sorted = [...pairs].sort((a, b) => length(b) - length(a));
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) =>
    sorted.slice(i * size, (i + 1) * size),
  );
};
