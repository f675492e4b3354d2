import { RE2JS } from 're2js';
import { LoraError } from '../errors.js';

/** An expression that matches a whole name, or does not. */
export interface FullMatch {
  test(name: string): boolean;
  /** Text of a named group; undefined where the name does not match. */
  group(name: string, group: string): string | undefined;
}

/** Python's spellings that RE2 has under another name. */
const translations: readonly [RegExp, string][] = [
  [/\(\?#[^)]*\)/g, ''],
  [/\\Z/g, '\\z'],
  [/(?<!\\)\{,(\d+)\}/g, '{0,$1}'],
];

/**
 * A regular expression in Python's syntax that must match a full string, as `re.fullmatch` does. It runs in time linear
 * in the name, whatever the expression, so what needs backtracking is refused: references to groups, and look-around
 * elsewhere than at the beginning, where `(?!…)` and `(?=…)` are conditions of their own.
 *
 * @param field the option that it came from, for the message
 * @throws {LoraError} for an expression that is none, or that needs backtracking
 */
export const fullMatch = (pattern: string, field: string): FullMatch => {
  const translated = translations.reduce((text, [python, re2]) => text.replace(python, re2), pattern);
  try {
    const { conditions, rest } = leadingConditions(translated);
    const whole = RE2JS.compile(rest);
    const holds = (name: string) =>
      conditions.every(({ expression, wanted }) => expression.matcher(name).lookingAt() === wanted);
    return {
      test: name => whole.matches(name) && holds(name),
      group: (name, group) => {
        const matcher = whole.matcher(name);
        return matcher.matches() && holds(name) ? (matcher.group(group) ?? undefined) : undefined;
      },
    };
  } catch (error) {
    throw new LoraError(
      `${field}: ${JSON.stringify(pattern)} is no regular expression that works here (${(error as Error).message}): ` +
        "references to groups, and look-around elsewhere than at the beginning, are not supported. List the modules' names instead.",
      '',
      [field],
    );
  }
};

interface Condition {
  readonly expression: RE2JS;
  readonly wanted: boolean;
}

/** Takes look-aheads off the beginning of an expression, as far as they hold for all of it. */
const leadingConditions = (pattern: string): { conditions: Condition[]; rest: string } => {
  const flags = /^\(\?[ims]+\)/.exec(pattern)?.[0] ?? '';
  let rest = pattern.slice(flags.length).replace(/^\^/, '');
  const conditions: Condition[] = [];
  for (let kind = lookAhead(rest); kind; kind = lookAhead(rest)) {
    const end = closingAt(rest);
    conditions.push({ expression: RE2JS.compile(flags + rest.slice(3, end)), wanted: kind === '(?=' });
    rest = rest.slice(end + 1);
  }
  if (conditions.length === 0) return { conditions, rest: pattern };
  if (hasAlternatives(rest)) throw new Error('a look-ahead before alternatives without brackets around them');
  return { conditions, rest: flags + rest };
};

const lookAhead = (pattern: string): string | undefined => /^\(\?[=!]/.exec(pattern)?.[0];

/** Depth of brackets before each character of an expression that is outside of classes and escapes. */
function* depths(pattern: string): Generator<{ at: number; character: string; depth: number }> {
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === '\\') at += 1;
    else if (inClass) inClass = character !== ']' || /\[\^?$/.test(pattern.slice(0, at));
    else if (character === '[') inClass = true;
    else {
      if (character === ')') depth -= 1;
      yield { at, character, depth };
      if (character === '(') depth += 1;
    }
  }
}

const closingAt = (pattern: string): number => {
  for (const { at, character, depth } of depths(pattern)) if (character === ')' && depth === 0) return at;
  throw new Error('missing )');
};

const hasAlternatives = (pattern: string): boolean => {
  for (const { character, depth } of depths(pattern)) if (character === '|' && depth === 0) return true;
  return false;
};
