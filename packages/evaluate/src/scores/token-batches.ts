import type { TokenTree } from '@charter/trainer';

/** Indices of trees, longest first, so that trees of one batch fill each other's rows. */
export const tokenBatches = (trees: readonly TokenTree[], batchTokens: number): number[][] => {
  const lengths = trees.map(({ prefix, branches }) =>
    branches.reduce((n, { ids }) => n + ids.length, prefix.length),
  );
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: number[][] = [];
  let room = 0;
  for (const i of order) {
    if (lengths[i]! > room) {
      batches.push([]);
      room = batchTokens;
    }
    batches.at(-1)!.push(i);
    room -= lengths[i]!;
  }
  return batches;
};
