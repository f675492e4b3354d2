import type { PretrainedModel } from '@charter/models';
import { Graph, type Program, type Runtime } from '@charter/tensor';
import { packBatch, packedForward, splitByTokens } from '@charter/trainer';
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
  const { cache, packing, max_length, ld_alpha } = options;
  let done = pairs.filter(pair => cache.get(pair)).length;
  const report = () => options.onProgress?.({ done, pairs: pairs.length });
  let program: Program | undefined;
  try {
    report();
    for (const batch of batchesByLength(pairs, options.batch_size)) {
      // A batch is computed whole: the same pairs in one batch round the same way, in a resumed run too.
      const missing = batch.filter(pair => !cache.get(pair)).length;
      if (missing === 0) continue;
      if (options.signal?.aborted) return undefined;
      program ??= await compile(runtime, { config, reference, max_length });
      const logps: PairLogps[] = [];
      for (const group of splitByTokens(batch.map(pairTree), options.max_tokens_per_microbatch)) {
        const { feeds, ranges } = packBatch(group, { packing, config });
        const { label_logps } = await program.run(feeds);
        logps.push(...answerLogps(label_logps!.data, ranges, ld_alpha));
      }
      await cache.add(batch, logps);
      done += missing;
      report();
    }
  } finally {
    await program?.dispose();
  }
  return pairs.map(pair => cache.get(pair)!);
};

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
