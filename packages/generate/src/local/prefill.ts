import type { NextLogits } from '../sampling/next-logits.js';
import type { DecoderProgram } from './decoder-program.js';
import type { DecoderRun, TokenPosition } from './decoder-run.js';
import type { KeyValueCache } from './key-value-cache.js';
import type { KeyValueCacheAllocator } from './key-value-cache-allocator.js';

/** A model's program, its caches, and the size of its runs. */
export interface PrefillContext {
  program: DecoderProgram;
  allocator: KeyValueCacheAllocator;
  /** Most tokens computed in one run, over all its rows. */
  prefillTokens: number;
}

/** A token whose probability is requested, and the position that predicts it. */
export type Label = TokenPosition & { id: number };

/** A run of the model over a chunk of the tokens. Results carry the index of what they answer in the request. */
export interface PrefillChunk {
  /** With this chunk in it; it may be another one than before. */
  cache: KeyValueCache;
  /** Number of tokens of the chunk. */
  tokens: number;
  logits: readonly (readonly [sample: number, NextLogits])[];
  logps: readonly (readonly [label: number, logp: number])[];
  states: readonly (readonly [state: number, Float32Array])[];
}

export interface PrefillRequest extends DecoderRun {
  /** Ends the computation before the next chunk. */
  signal?: AbortSignal | undefined;
}

/**
 * Appends tokens to the rows of a cache, chunk by chunk, and grows the cache as needed.
 *
 * @param request as for a run of the program, with any number of tokens; its cache is disposed when a run fails
 */
export async function* prefill(
  { program, allocator, prefillTokens }: PrefillContext,
  { cache, tokens, samples = [], labels = [], states = [], signal, ...request }: PrefillRequest,
): AsyncGenerator<PrefillChunk> {
  const size = Math.max(1, Math.floor(prefillTokens / tokens.length));
  const longest = Math.max(...tokens.map(row => row.length));
  const lengths = request.lengths ?? tokens.map((row, r) => cache.offset + cache.lengths[r]! + row.length);
  let current = cache;
  for (let start = 0; start < longest; start += size) {
    const chunk = tokens.map(row => row.slice(start, start + size));
    const [sampled, labelled, stated] = [samples, labels, states].map(positions =>
      positions.flatMap(({ offset }, i) => (offset >= start && offset < start + size ? [i] : [])),
    );
    const within = <T extends TokenPosition>(positions: readonly T[], indices: readonly number[]): T[] =>
      indices.map(i => ({ ...positions[i]!, offset: positions[i]!.offset - start }));
    const compute = async () => {
      signal?.throwIfAborted();
      current = await allocator.grown(current, chunk);
      return program.run({
        cache: current,
        tokens: chunk,
        lengths,
        samples: within(samples, sampled!),
        labels: within(labels, labelled!),
        states: within(states, stated!),
      });
    };
    const run = await compute().catch(async error => {
      await current.dispose();
      throw error;
    });
    current = run.cache;
    yield {
      cache: current,
      tokens: chunk.reduce((n, row) => n + row.length, 0),
      logits: sampled!.map((sample, i) => [sample, run.logits[i]!]),
      logps: labelled!.map((label, i) => [label, run.logps[i]!]),
      states: stated!.map((state, i) => [state, run.states[i]!]),
    };
  }
}

/**
 * Appends tokens to the rows of a cache.
 *
 * @param options.lengths of the whole texts, where more tokens than these belong to them
 * @returns the cache, which may be another one now, and for each label its log-probability in nats
 */
export const appendTokens = async (
  context: PrefillContext,
  cache: KeyValueCache,
  tokens: readonly (readonly number[])[],
  labels: readonly Label[] = [],
  { lengths, signal }: Pick<PrefillRequest, 'lengths' | 'signal'> = {},
): Promise<{ cache: KeyValueCache; logps: number[] }> => {
  const result = { cache, logps: labels.map(() => 0) };
  for await (const chunk of prefill(context, { cache, tokens, labels, lengths, signal })) {
    result.cache = chunk.cache;
    for (const [label, logp] of chunk.logps) result.logps[label] = logp;
  }
  return result;
};
