import { TokenizerError } from '../tokenizer-error.js';
import { BYTE_CHARACTERS } from './byte-characters.js';
import { patternOf, SPACE, type SplitBehavior, splitText } from './split-text.js';

/** Cuts a piece of text into words, which are tokenized each alone. `isFirst` is true at the beginning of the text. */
export type PreTokenizer = (text: string, isFirst: boolean) => string[];

/** An entry of tokenizer.json. */
interface Settings extends Record<string, unknown> {
  readonly type: string;
}

const PUNCTUATION = '\\p{P}!-/:-@\\[-`{-~';
const WORDS = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Each kind, from its settings in tokenizer.json; the rules are those of the files named `pre_tokenizers/*.rs`. */
const kinds: Readonly<Record<string, (settings: Settings) => PreTokenizer>> = {
  BertPreTokenizer: () => {
    const [space, punctuation] = [new RegExp(`[${SPACE}]`, 'gu'), new RegExp(`[${PUNCTUATION}]`, 'gu')];
    return text =>
      splitText(text, space, 'Removed').flatMap(word => splitText(word, punctuation, 'Isolated'));
  },
  ByteLevel: ({ add_prefix_space = true, use_regex = true }) => {
    const pattern = patternOf(WORDS);
    const encoder = new TextEncoder();
    return text => {
      const spaced = add_prefix_space && !text.startsWith(' ') ? ` ${text}` : text;
      const words = use_regex ? splitText(spaced, pattern, 'Isolated') : [spaced];
      return words.map(word => {
        let characters = '';
        for (const byte of encoder.encode(word)) characters += BYTE_CHARACTERS[byte];
        return characters;
      });
    };
  },
  CharDelimiterSplit: ({ delimiter }) => splitting(literal(String(delimiter)), 'Removed'),
  Digits: ({ individual_digits = false }) =>
    splitting(/\p{N}/gu, individual_digits ? 'Isolated' : 'Contiguous'),
  FixedLength: ({ length = 5 }) => {
    const pattern = new RegExp(`[^]{1,${Number(length)}}`, 'gu');
    return text => text.match(pattern) ?? [];
  },
  Metaspace: ({ replacement = '▁', prepend_scheme = 'always', split = true }) => {
    const mark = String(replacement);
    const pattern = literal(mark);
    return (text, isFirst) => {
      const marked = text.replaceAll(' ', mark);
      const prepends = prepend_scheme === 'always' || (prepend_scheme === 'first' && isFirst);
      const whole = prepends && !marked.startsWith(mark) ? mark + marked : marked;
      return split ? splitText(whole, pattern, 'MergedWithNext') : [whole];
    };
  },
  Punctuation: ({ behavior = 'Isolated' }) =>
    splitting(new RegExp(`[${PUNCTUATION}]`, 'gu'), behavior as SplitBehavior),
  Sequence: ({ pretokenizers }) => {
    const parts = (pretokenizers as Settings[]).map(part => createPreTokenizer(part));
    return (text, isFirst) =>
      parts.reduce((pieces, part) => pieces.flatMap((piece, i) => part(piece, isFirst && i === 0)), [text]);
  },
  Split: ({ pattern, behavior, invert = false }) => {
    const { Regex, String: text } = pattern as { Regex?: string; String?: string };
    const compiled = Regex === undefined ? literal(text ?? '') : patternOf(Regex);
    return splitting(compiled, behavior as SplitBehavior, invert as boolean);
  },
  Whitespace: () => splitting(patternOf('\\w+|[^\\w\\s]+'), 'Removed', true),
  WhitespaceSplit: () => splitting(new RegExp(`[${SPACE}]`, 'gu'), 'Removed'),
};

const splitting =
  (pattern: RegExp, behavior: SplitBehavior, inverted = false): PreTokenizer =>
  text =>
    splitText(text, pattern, behavior, inverted);

const literal = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'gu');

/**
 * The pre-tokenizer that tokenizer.json describes; without one the text is one word.
 *
 * @throws {TokenizerError} for a kind that is not known
 */
export const createPreTokenizer = (settings: Settings | null | undefined): PreTokenizer => {
  if (!settings) return text => [text];
  if (!Object.hasOwn(kinds, settings.type)) {
    throw new TokenizerError(
      `tokenizer.json has a pre-tokenizer of type ${JSON.stringify(settings.type)}, which is not supported; known are ` +
        `${Object.keys(kinds).join(', ')}.`,
    );
  }
  return kinds[settings.type]!(settings);
};
