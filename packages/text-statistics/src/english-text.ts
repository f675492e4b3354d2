import { words } from './words.js';

/** Lower case, straight apostrophes and quotation marks, single spaces, no emphasis. */
export const plainText = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[’‘ʼ`´]/g, "'")
    .replaceAll(/[“”„«»]/g, '"')
    .replaceAll(/[*_]/g, '')
    .replaceAll(/[^\S\n]+/g, ' ')
    // One spelling for the patterns.
    .replaceAll(/\bi'm\b/g, 'i am')
    .replaceAll(/\bi'(ll|d)\b/g, "i '$1");

/** A text in that form, without code, block quotes and quotations; all of it when nothing else is left. */
export const withoutQuotations = (text: string): string => {
  const own = plainText(text.replaceAll(/```[\s\S]*?(?:```|$)/g, ' ').replaceAll(/^>.*$/gm, ' ')).replaceAll(
    /"[^"\n]{0,400}"/g,
    ' ',
  );
  return words(own).length > 0 ? own : plainText(text);
};

/** Also list items; their marks are taken away. */
export const sentencesOf = (text: string): string[] =>
  text
    .split(/(?<=[.!?])\s+|\n+/)
    .map(sentence => sentence.replace(/^\s*(?:[-•]|\d+[.)])?\s*/, '').trim())
    .filter(sentence => words(sentence).length > 0);
