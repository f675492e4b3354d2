import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** The order in which an epoch visits `count` examples: a shuffle that depends only on seed and epoch. */
export const epochOrder = (
  count: number,
  { shuffle, seed, epoch }: { shuffle: boolean; seed: number; epoch: number },
): number[] => {
  const order = Array.from({ length: count }, (_, i) => i);
  if (!shuffle) return order;
  const random = xoroshiro128plus(seed + epoch);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
};
