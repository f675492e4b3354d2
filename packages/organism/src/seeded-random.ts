import { hash32 } from '@charter/tensor';

/** Random numbers that depend only on the seed and on the number of draws before. */
export interface SeededRandom {
  /** 0 ≤ x < 1 */
  next(): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
}

/** @param seed any integer */
export const seededRandom = (seed: number): SeededRandom => {
  let draws = 0;
  const start = hash32(seed | 0);
  const next = () => (hash32(start ^ hash32(draws++)) >>> 0) / 2 ** 32;
  return {
    next,
    pick(list) {
      if (list.length === 0) throw new RangeError('there is nothing to pick from an empty list');
      return list[Math.floor(next() * list.length)]!;
    },
    chance: probability => next() < probability,
  };
};
