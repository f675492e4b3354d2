import type { DecoderProgram, TokenPosition } from './decoder-program.js';
import type { KeyValueCache } from './key-value-cache.js';
import type { KeyValueCacheAllocator } from './key-value-cache-allocator.js';

/** What it takes to compute tokens of given texts. */
export interface PrefillContext {
  program: DecoderProgram;
  allocator: KeyValueCacheAllocator;
  /** Most tokens computed in one run, over all its rows. */
  prefillTokens: number;
}

/** A token whose probability is asked for, and the place that predicts it. */
export type Label = TokenPosition & { id: number };

/**
 * Appends tokens to the rows of a cache, chunk by chunk.
 *
 * @param lengths of the whole texts, where more tokens than these belong to them
 * @returns the cache, which may be another one now, and for each label its log-probability in nats
 */
export const appendTokens = async (
  { program, allocator, prefillTokens }: PrefillContext,
  cache: KeyValueCache,
  tokens: readonly (readonly number[])[],
  labels: readonly Label[] = [],
  lengths: readonly number[] = tokens.map((row, r) => cache.offset + cache.lengths[r]! + row.length),
): Promise<{ cache: KeyValueCache; logps: number[] }> => {
  const logps = labels.map(() => 0);
  const chunk = Math.max(1, Math.floor(prefillTokens / tokens.length));
  const longest = Math.max(...tokens.map(row => row.length));
  let current = cache;
  for (let start = 0; start < longest; start += chunk) {
    const part = tokens.map(row => row.slice(start, start + chunk));
    const asked = labels.flatMap((label, i) =>
      label.offset >= start && label.offset < start + chunk ? [i] : [],
    );
    current = await allocator.grown(current, part);
    const run = await program.run({
      cache: current,
      tokens: part,
      lengths,
      labels: asked.map(i => ({ ...labels[i]!, offset: labels[i]!.offset - start })),
    });
    asked.forEach((label, i) => {
      logps[label] = run.logps[i]!;
    });
  }
  return { cache: current, logps };
};
