import type { PrefillContext } from './append-tokens.js';

/**
 * Mean of the last hidden states (after the final norm) over all tokens.
 *
 * @returns float32 `[hidden]`
 */
export const meanHiddenState = async (
  { program, allocator, prefillTokens }: PrefillContext,
  ids: readonly number[],
): Promise<Float32Array> => {
  let cache = await allocator.create(1, 1);
  let mean = new Float32Array();
  for (let start = 0; start < ids.length; start += prefillTokens) {
    const tokens = [ids.slice(start, start + prefillTokens)];
    cache = await allocator.grown(cache, tokens);
    const places = tokens[0]!.map((_, offset) => ({ row: 0, offset }));
    for (const state of (await program.run({ cache, tokens, lengths: [ids.length], states: places }))
      .states) {
      if (mean.length === 0) mean = new Float32Array(state.length);
      for (let i = 0; i < state.length; i++) mean[i]! += state[i]! / ids.length;
    }
  }
  await cache.dispose();
  return mean;
};
