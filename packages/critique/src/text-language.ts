import { francAll } from 'franc-min';

/** Letters below which a guess at a language is no better than a coin. */
const SHORTEST = 60;
/** Languages this near to the likeliest one may be it as well; where there are many, the text tells nothing. */
const NEAR = 0.9;
const MOST_NEAR = 2;

/** How like each language a text is, by its letters in threes: 1 for the likeliest, ISO 639-3, best first. */
const languagesOf = (text: string): Map<string, number> =>
  new Map(text.length < SHORTEST ? [] : francAll(text).filter(([language]) => language !== 'und'));

/** Broken texts and code are a little like many languages. */
const expectedOf = (text: string): string[] => {
  const near = [...languagesOf(text)].filter(([, likeness]) => likeness >= NEAR);
  return near.length > MOST_NEAR ? [] : near.map(([language]) => language);
};

/**
 * How like a text is to the languages of others, and which it is more like.
 *
 * @param expected each gives the language that it is clearly in, or none; so do all of them as one text
 * @returns undefined where nothing can be said
 */
export const languageLikeness = (
  text: string,
  expected: readonly string[],
): { likeness: number; is: string; expected: string } | undefined => {
  const languages = languagesOf(text);
  const [is] = languages.keys();
  const wanted = [...expected, expected.join('\n')].flatMap(expectedOf);
  if (is === undefined || wanted.length === 0) return undefined;
  const best = wanted.reduce((a, b) => ((languages.get(b) ?? 0) > (languages.get(a) ?? 0) ? b : a));
  return { likeness: languages.get(best) ?? 0, is, expected: best };
};
