import { words } from './words.js';

/** Every n-gram of a list of words, in order, repeats included. A shorter list is one n-gram. */
export const ngrams = (list: readonly string[], n: number): string[] => {
  if (list.length === 0) return [];
  if (list.length <= n) return [list.join(' ')];
  return Array.from({ length: list.length - n + 1 }, (_, start) => list.slice(start, start + n).join(' '));
};

/** Share (0 to 1) of a text's n-grams that are in `source` too; a text of fewer words is compared as one n-gram. */
export const ngramOverlap = (text: string, source: string, n: number): number => {
  const own = words(text);
  const size = Math.min(n, own.length);
  if (size === 0) return 0;
  const grams = ngrams(own, size);
  const known = new Set(ngrams(words(source), size));
  return grams.filter(gram => known.has(gram)).length / grams.length;
};
