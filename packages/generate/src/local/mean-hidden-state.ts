import { type PrefillContext, prefill } from './prefill.js';

/**
 * Mean of the last hidden states (after the final norm) over all tokens.
 *
 * @returns float32 `[hidden]`
 */
export const meanHiddenState = async (
  context: PrefillContext,
  ids: readonly number[],
): Promise<Float32Array> => {
  let cache = await context.allocator.create(1, 1);
  let mean = new Float32Array();
  const states = ids.map((_, offset) => ({ row: 0, offset }));
  for await (const chunk of prefill(context, { cache, tokens: [ids], states })) {
    cache = chunk.cache;
    for (const [, state] of chunk.states) {
      if (mean.length === 0) mean = new Float32Array(state.length);
      for (let i = 0; i < state.length; i++) mean[i]! += state[i]! / ids.length;
    }
  }
  await cache.dispose();
  return mean;
};
