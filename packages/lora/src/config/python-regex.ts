import { LoraError } from '../errors.js';

/** Python's spellings that JavaScript has under another name. */
const translations: readonly [RegExp, string][] = [
  [/\(\?P</g, '(?<'],
  [/\(\?P=(\w+)\)/g, '\\k<$1>'],
  [/\(\?#[^)]*\)/g, ''],
  [/\\A/g, '^'],
  [/\\Z/g, '$'],
  [/(?<!\\)\{,(\d+)\}/g, '{0,$1}'],
];

/**
 * A regular expression in Python's syntax that must match a full string, as `re.fullmatch` does. Flags may stand at
 * its start, as `(?i)`.
 *
 * @param field the option that it came from, for the message
 * @throws {LoraError} when JavaScript has nothing equal
 */
export const fullMatch = (pattern: string, field: string): RegExp => {
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const body = translations.reduce(
    (text, [python, javascript]) => text.replace(python, javascript),
    flags ? pattern.slice(flags[0].length) : pattern,
  );
  try {
    return new RegExp(`^(?:${body})$`, flags?.[1] ?? '');
  } catch (error) {
    throw new LoraError(
      `${field}: ${JSON.stringify(pattern)} is no regular expression that works here (${(error as Error).message}). List the modules' names instead.`,
      '',
      [field],
    );
  }
};
