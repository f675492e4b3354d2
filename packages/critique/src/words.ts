// Scripts without spaces between words count each character as a word.
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}'’]+/gu;

/** The words of a text in lower case, without punctuation. */
export function words(text: string): string[] {
  return text.toLowerCase().replaceAll('’', "'").match(WORD) ?? [];
}

/** Every run of n words, in order, repeats included. A text shorter than n gives one run: all of it. */
export function wordRuns(list: readonly string[], n: number): string[] {
  if (list.length === 0) return [];
  if (list.length <= n) return [list.join(' ')];
  return Array.from({ length: list.length - n + 1 }, (_, start) => list.slice(start, start + n).join(' '));
}

/** Share (0 to 1) of the text's runs of n words that also stand in `source`. */
export function overlap(text: string, source: string, n: number): number {
  const own = words(text);
  const size = Math.min(n, own.length);
  if (size === 0) return 0;
  const runs = wordRuns(own, size);
  const known = new Set(wordRuns(words(source), size));
  return runs.filter(run => known.has(run)).length / runs.length;
}

/**
 * How much was changed between two texts: insertions, deletions and replacements of words, divided by the
 * length of the longer text. 0 = the same words, 1 = no word in its place kept.
 */
export function wordChange(before: string, after: string): number {
  const a = words(before);
  const b = words(after);
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 0 : editDistance(a, b) / longest;
}

function editDistance(a: readonly string[], b: readonly string[]): number {
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
}
