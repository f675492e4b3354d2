import { francAll } from 'franc-min';

/** Letters below which a guess at a language is no better than a coin. */
const SHORTEST = 60;
/** Letters that an expectation takes at least: where it is no more than a guess, several languages are let pass. */
const SHORTEST_EXPECTED = 10;
const GUESSES = 3;

/** How like each language a text is, by its letters in threes: 1 for the likeliest, ISO 639-3, best first. */
const languagesOf = (text: string): Map<string, number> =>
  new Map(francAll(text).filter(([language]) => language !== 'und'));

const expectedOf = (text: string): string[] =>
  text.length < SHORTEST_EXPECTED
    ? []
    : [...languagesOf(text).keys()].slice(0, text.length < SHORTEST ? GUESSES : 1);

/**
 * How like a text is to the languages of others, and which it is more like.
 *
 * @param expected each gives its likeliest language, short ones the three likeliest
 * @returns undefined where nothing can be said
 */
export const languageLikeness = (
  text: string,
  expected: readonly string[],
): { likeness: number; is: string; expected: string } | undefined => {
  const languages = text.length < SHORTEST ? new Map<string, number>() : languagesOf(text);
  const [is] = languages.keys();
  const wanted = expected.flatMap(expectedOf);
  if (is === undefined || wanted.length === 0) return undefined;
  const best = wanted.reduce((a, b) => ((languages.get(b) ?? 0) > (languages.get(a) ?? 0) ? b : a));
  return { likeness: languages.get(best) ?? 0, is, expected: best };
};
