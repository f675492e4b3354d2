import { join } from 'node:path';
import { Graph, type Program, type Runtime } from '@charter/tensor';
import { type BaseModel, packBatch, packedForward, splitByTokens } from '@charter/trainer';
import { type PreferencePair, pairTree } from './dpo-examples.js';
import { answerLogps, type PairLogps } from './dpo-task.js';
import { LogpsCache } from './logps-cache.js';
import type { ReferenceModel } from './reference-model.js';

export interface ReferenceProgress {
  /** Number of pairs with known log-probabilities. */
  readonly done: number;
  readonly pairs: number;
}

export interface ReferenceLogpsOptions {
  /** Folder of the cache. */
  readonly cache: string;
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
 * Log-probabilities of pairs under a frozen model, computed once: kept on disk under a fingerprint of the model (with its
 * adapter) and of the token ids, and read from there the next time.
 *
 * @returns one for each pair, in order; undefined when `signal` stopped it
 */
export const referenceLogps = async (
  runtime: Runtime,
  { config }: Pick<BaseModel, 'config'>,
  reference: ReferenceModel,
  pairs: readonly PreferencePair[],
  {
    cache: folder,
    batch_size: batchSize,
    max_tokens_per_microbatch,
    packing,
    max_length,
    ld_alpha,
    onProgress,
    signal,
  }: ReferenceLogpsOptions,
): Promise<PairLogps[] | undefined> => {
  const weighted = ld_alpha === undefined ? '' : `-ld-${ld_alpha}`;
  const cache = await LogpsCache.open(join(folder, `${reference.fingerprint.slice(0, 32)}${weighted}.jsonl`));
  let done = pairs.filter(pair => cache.get(pair)).length;
  const report = () => onProgress?.({ done, pairs: pairs.length });
  let program: Program | undefined;
  try {
    report();
    for (const batch of batchesByLength(pairs, batchSize)) {
      // A batch is computed whole: the same pairs beside each other round the same way, in a resumed run too.
      const missing = batch.filter(pair => !cache.get(pair)).length;
      if (missing === 0) continue;
      if (signal?.aborted) return undefined;
      program ??= await compile(runtime, { config, reference, max_length });
      const logps: PairLogps[] = [];
      for (const group of splitByTokens(batch.map(pairTree), max_tokens_per_microbatch)) {
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
  }: Pick<BaseModel, 'config'> & { reference: ReferenceModel; max_length: number },
): Promise<Program> => {
  const graph = new Graph();
  const linear = reference.linear(graph);
  const { label_logps } = packedForward(graph, config, { linear, maxPositions: max_length });
  graph.output('label_logps', label_logps);
  // As the policy is computed: rewards start at 0.
  return runtime.compile(graph, { weights: reference.weights, activations: 'float32' });
};

/** Pairs in batches of similar length: less padding. */
const batchesByLength = (pairs: readonly PreferencePair[], size: number): PreferencePair[][] => {
  const length = ({ prompt, chosen, rejected }: PreferencePair) =>
    prompt.length + chosen.length + rejected.length;
  const sorted = [...pairs].sort((a, b) => length(b) - length(a));
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) =>
    sorted.slice(i * size, (i + 1) * size),
  );
};
