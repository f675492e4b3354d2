import { francAll } from 'franc-min';
import { words } from '../words.js';

/** Letters below which a guess at a language is no better than a coin. */
const SHORTEST = 60;
/** Where another language is this near to the likeliest one, the text tells nothing. */
const NEAR = 0.9;
/** Letters that are looked at: more change no guess, and cost time. */
const LONGEST = 400;
/** Share of words in common from which two texts are in one language without a closer look, which takes milliseconds. */
const SAME_WORDS = 0.25;

/** How like each language a text is, by its letters in threes: 1 for the likeliest, ISO 639-3, best first. */
const languagesOf = (text: string): Map<string, number> =>
  new Map(
    text.length < SHORTEST ? [] : francAll(text.slice(0, LONGEST)).filter(([language]) => language !== 'und'),
  );

/** The language that a text is clearly in, as a list, or none: broken texts and code are a little like many. */
const expectedOf = (text: string): string[] => {
  const near = [...languagesOf(text)].filter(([, likeness]) => likeness >= NEAR);
  return near.length === 1 ? [near[0]![0]] : [];
};

/**
 * How like a text is to the languages of others, and which it is more like.
 *
 * @param expected each gives the language that it is clearly in, or none; so do all of them as one text
 * @returns undefined where nothing can be said, or the texts have so many words in common that nothing needs to be
 */
export const languageSimilarity = (
  text: string,
  expected: readonly string[],
): { likeness: number; is: string; expected: string } | undefined => {
  const known = new Set(expected.flatMap(words));
  const own = words(text);
  if (own.filter(word => known.has(word)).length >= SAME_WORDS * own.length) return undefined;
  const languages = languagesOf(text);
  const [is] = languages.keys();
  const wanted = [...expected, expected.join('\n')].flatMap(expectedOf);
  if (is === undefined || wanted.length === 0) return undefined;
  const best = wanted.reduce((a, b) => ((languages.get(b) ?? 0) > (languages.get(a) ?? 0) ? b : a));
  return { likeness: languages.get(best) ?? 0, is, expected: best };
};
