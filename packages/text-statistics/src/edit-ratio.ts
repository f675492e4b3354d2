import { words } from './words.js';

/**
 * Edit distance of two texts in words (insertions, deletions, replacements), divided by the length of the longer text:
 * 0 for the same words, 1 when no word is kept in its order.
 *
 * @example
 * editRatio('you can go there now', 'you must go there') // 0.4
 */
export const editRatio = (before: string, after: string): number => {
  const a = words(before);
  const b = words(after);
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 0 : editDistance(a, b) / longest;
};

const editDistance = (a: readonly string[], b: readonly string[]): number => {
  // One row of the Levenshtein table is enough; row[j] = distance of a's first i words to b's first j.
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
};
