// A character of a script without spaces between words is a word; the lookahead ends a run of letters before one.
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.source;
const WORD = new RegExp(`${UNSPACED}|(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}'])+`, 'gu');

/**
 * Words of a text in lower case, with straight apostrophes and without punctuation. In Chinese, Japanese and Thai each
 * character is a word.
 */
export const words = (text: string): string[] => text.toLowerCase().replaceAll('’', "'").match(WORD) ?? [];
