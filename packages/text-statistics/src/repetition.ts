import { ngrams } from './ngrams.js';
import { words } from './words.js';

// The same one to thirty characters twenty times in a row. A run of "-" or blanks is layout, so not looked for.
const STUTTER = /([\p{L}\p{N}!?][\s\S]{0,29}?)\1{19,}/u;

/** A shorter text repeats itself by chance. */
const LEAST_WORDS = 20;

/** Default of `min_distinct`. */
const MIN_DISTINCT = 0.5;

/** Repetitiveness of a text. */
export interface Repetition {
  /** A piece of up to 30 characters that stands 20 times in a row. */
  readonly stutter?: string;
  /** Share (0 to 1) of the text's 4-grams that are not repeats of earlier ones; 1 for a text under 20 words. */
  readonly distinct: number;
}

export const repetition = (text: string): Repetition => {
  const stutter = STUTTER.exec(text)?.[1];
  const list = words(text);
  const grams = ngrams(list, 4);
  const distinct = list.length < LEAST_WORDS ? 1 : new Set(grams).size / grams.length;
  return { ...(stutter !== undefined && { stutter }), distinct };
};

/**
 * True for a text that stutters, or most of whose 4-grams are repeats.
 *
 * @param options.min_distinct least share of 4-grams that are not repeats; default 0.5
 */
export const isRepetitive = (text: string, { min_distinct = MIN_DISTINCT } = {}): boolean => {
  const { stutter, distinct } = repetition(text);
  return stutter !== undefined || distinct < min_distinct;
};
