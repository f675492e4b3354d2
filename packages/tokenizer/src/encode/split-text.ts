import { SplitPreTokenizer } from '@huggingface/tokenizers';

/** Treatments of the matches of a pattern, by the names of the tokenizers library. */
export type SplitBehavior = 'Removed' | 'Isolated' | 'Contiguous' | 'MergedWithPrevious' | 'MergedWithNext';

/** White_Space of Unicode: JavaScript's `\s` lacks U+0085 and has U+FEFF. */
export const SPACE = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** Oniguruma's expression as one of JavaScript. */
export const patternOf = (source: string): RegExp => {
  const { pattern } = new SplitPreTokenizer({
    type: 'Split',
    pattern: { Regex: source },
    invert: false,
  } as never);
  return pattern as RegExp;
};

/**
 * Pieces of a text by a pattern; empty ones are left out.
 *
 * @param inverted what lies between the matches counts as matched instead
 * @see tokenizers 0.23 `tokenizer/normalizer.rs`, `NormalizedString::split`
 */
export const splitText = (
  text: string,
  pattern: RegExp,
  behavior: SplitBehavior,
  inverted = false,
): string[] => {
  const pieces: { text: string; matched: boolean }[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), matched: inverted });
    end = match.index + match[0].length;
    if (match[0] !== '') pieces.push({ text: match[0], matched: !inverted });
  }
  if (end < text.length) pieces.push({ text: text.slice(end), matched: inverted });
  if (behavior === 'Removed') return pieces.flatMap(piece => (piece.matched ? [] : [piece.text]));
  if (behavior === 'Isolated') return pieces.map(piece => piece.text);
  const joins = {
    Contiguous: (before: boolean, here: boolean) => before === here,
    MergedWithPrevious: (before: boolean, here: boolean) => here && !before,
    MergedWithNext: (before: boolean, here: boolean) => before && !here,
  }[behavior];
  const joined: string[] = [];
  for (const [i, piece] of pieces.entries()) {
    const before = pieces[i - 1];
    if (before && joins(before.matched, piece.matched)) joined.push(joined.pop()! + piece.text);
    else joined.push(piece.text);
  }
  return joined;
};
