import { francAll } from 'franc-min';

/** Letters below which a guess at a language is no better than a coin. */
const SHORTEST = 60;

/** How like each language a text is, by its letters in threes: 1 for the likeliest, ISO 639-3. Empty for short texts. */
const languagesOf = (text: string): Map<string, number> =>
  new Map(text.length < SHORTEST ? [] : francAll(text).filter(([language]) => language !== 'und'));

/**
 * How like a text is to the languages of others, and which it is more like.
 *
 * @param expected each gives its likeliest language; short ones and those of no language give none
 * @returns undefined where nothing can be said
 */
export const languageLikeness = (
  text: string,
  expected: readonly string[],
): { likeness: number; is: string; expected: string } | undefined => {
  const languages = languagesOf(text);
  const [is] = languages.keys();
  const wanted = expected.flatMap(other => [...languagesOf(other).keys()].slice(0, 1));
  if (is === undefined || wanted.length === 0) return undefined;
  const best = wanted.reduce((a, b) => ((languages.get(b) ?? 0) > (languages.get(a) ?? 0) ? b : a));
  return { likeness: languages.get(best) ?? 0, is, expected: best };
};
