import { expect, test } from 'vitest';
import { fullMatch } from './python-regex.js';

test.each([
  ['q_proj', 'q_proj', true],
  // re.fullmatch: neither end may be left over, also not of one alternative.
  ['q_proj', 'self_attn.q_proj', false],
  ['q_proj', 'q_proj2', false],
  ['a|ab', 'ab', true],
  ['a|ab', 'abc', false],
  ['(?!.*lm_head).*proj|x', 'x', 'refused'],
  ['^(?!.*lm_head)(?=.*[.])(?:.*proj|x)$', 'a.q_proj', true],
  ['^(?!.*lm_head)(?=.*[.])(?:.*proj|x)$', 'q_proj', false],
  [String.raw`(?!.*[)]lm_head\)).*`, 'a)lm_head)', false],
  ['(?i)(?!.*VISION).*Proj', 'vision.q_proj', false],
  ['(?P<kind>q|k)_(?P=kind)', 'q_q', 'refused'],
  ['q_(?=proj)proj', 'q_proj', 'refused'],
  [String.raw`\Alayers\.\d+\Z`, 'layers.12', true],
  ['q(?#queries)_proj', 'q_proj', true],
  ['(?i)Q_PROJ', 'q_proj', true],
  ['Q_PROJ', 'q_proj', false],
  ['x{,2}', 'xx', true],
  ['x{,2}', 'x{,2}', false],
])('%s on %s: %s', (pattern, name, matches) => {
  if (matches === 'refused') expect(() => fullMatch(pattern, 'target_modules')).toThrow(/not supported/);
  else expect(fullMatch(pattern, 'target_modules').test(name)).toBe(matches);
});

test('nested repetitions take linear time', () => {
  expect(fullMatch('(a+)+b', 'target_modules').test('a'.repeat(50_000))).toBe(false);
});

test('what is no regular expression is refused, with the option and the way out', () => {
  expect(() => fullMatch('(?P<a', 'exclude_modules')).toThrow(
    /^exclude_modules: "\(\?P<a" is no regular expression that works here \(.*\).*List the modules' names instead\.$/,
  );
});
