import { words } from './words.js';

/** Least share of runs of four words that are not repeats of earlier ones. */
const LEAST_NEW = 0.5;
/** A shorter text repeats itself by chance. */
const LEAST_WORDS = 20;

// The same one to thirty characters twenty times in a row. A run of "-" or blanks is layout, so not looked for.
const STUTTER = /([\p{L}\p{N}!?][\s\S]{0,29}?)\1{19,}/u;

/** Whether a text goes in circles: it stutters, or most of its runs of four words were there before. */
export const isLoop = (text: string): boolean => {
  if (STUTTER.test(text)) return true;
  const list = words(text);
  if (list.length < LEAST_WORDS) return false;
  const runs = list.slice(3).map((_, i) => list.slice(i, i + 4).join(' '));
  return new Set(runs).size / runs.length < LEAST_NEW;
};
