import { words } from '@charter/text-statistics';
import { francAll } from 'franc-min';

/** Letters below which a guess at a language is no better than a coin. */
const SHORTEST = 60;
/** Where a second language is this similar, the text tells nothing. */
const NEAR = 0.9;
/** Letters that are read: more change no guess, and cost time. */
const LONGEST = 400;
/** Share of words in common from which two texts are in one language without a closer look, which takes milliseconds. */
const SAME_WORDS = 0.25;

/** Similarity of a text to each language (ISO 639-3) by trigrams of letters: 1 for the most similar, which comes first. */
const languagesOf = (text: string): Map<string, number> =>
  new Map(
    text.length < SHORTEST ? [] : francAll(text.slice(0, LONGEST)).filter(([language]) => language !== 'und'),
  );

/** The language that a text is clearly in, as a list; none for broken text and code, which resemble many. */
const expectedOf = (text: string): string[] => {
  const near = [...languagesOf(text)].filter(([, similarity]) => similarity >= NEAR);
  return near.length === 1 ? [near[0]![0]] : [];
};

/**
 * Similarity of a text to the language of other texts, and the language that it is most similar to.
 *
 * @param expected texts whose languages are expected: of each that is clearly in one, and of all as one text
 * @returns undefined where no language is clear, or a quarter of the text's words are in the others
 */
export const languageSimilarity = (
  text: string,
  expected: readonly string[],
): { similarity: number; is: string; expected: string } | undefined => {
  const known = new Set(expected.flatMap(words));
  const own = words(text);
  if (own.filter(word => known.has(word)).length >= SAME_WORDS * own.length) return undefined;
  const languages = languagesOf(text);
  const [is] = languages.keys();
  const wanted = [...expected, expected.join('\n')].flatMap(expectedOf);
  if (is === undefined || wanted.length === 0) return undefined;
  const best = wanted.reduce((a, b) => ((languages.get(b) ?? 0) > (languages.get(a) ?? 0) ? b : a));
  return { similarity: languages.get(best) ?? 0, is, expected: best };
};
