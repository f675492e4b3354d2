import { commonPrefixLength } from '@charter/tokenizer';

/** Prefixes end at multiples of this many tokens, so that a chance letter in common makes no new one. */
const BLOCK = 16;

/** Fewer tokens are not worth a batch of their own. */
const LEAST = 64;

/**
 * Length of the prefix that is worth computing once for a prompt and others: the one for which the length times the
 * number of others that begin with it is largest.
 *
 * @param others recent prompts, and those that wait
 * @returns a multiple of 16; 0 when there is nothing worth sharing
 */
export const sharedPrefixLength = (
  prompt: readonly number[],
  others: Iterable<readonly number[]>,
): number => {
  const lengths: number[] = [];
  for (const other of others) {
    const common = commonPrefixLength(prompt, other);
    if (common >= LEAST) lengths.push(common - (common % BLOCK));
  }
  lengths.sort((a, b) => b - a);
  let best = 0;
  let saved = 0;
  lengths.forEach((length, i) => {
    // Sorted, so that i others share more, and this one as much.
    if (length * (i + 1) <= saved) return;
    best = length;
    saved = length * (i + 1);
  });
  return best;
};
