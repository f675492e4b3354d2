import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CritiqueError } from '../critique-error.js';
import { parseLocatedYaml } from './located-yaml.js';

/** Nine lists of nine aliases each, of each other: 9^9 texts. */
const laughs = ['a: &a [x, x, x, x, x, x, x, x, x]']
  .concat(
    [...'bcdefghi'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
  )
  .join('\n');

describe('a YAML file', () => {
  it.each([
    [
      'an alias without its anchor',
      'name: x\nprinciples: *nothing\n',
      'f.yaml:2: *nothing is an alias, and no &nothing stands before it. Text that begins with * needs quotes: "*nothing"',
    ],
    ['an alias inside its anchor', 'a: &a\n  b: *a\n', 'f.yaml:2: *a stands inside &a'],
    ['aliases of aliases without end', laughs, 'f.yaml: Excessive alias count'],
    [
      'brackets by the thousand',
      '['.repeat(5000) + ']'.repeat(5000),
      'f.yaml: nested more than 200 levels deep',
    ],
    ['lists of lists on one line', `${'- '.repeat(5000)}x`, 'f.yaml: nested more than 200 levels deep'],
    [
      'two documents',
      'a: 1\n---\nb: 2\n',
      'f.yaml:2: a second document begins here (---); write one per file',
    ],
    ['null', 'null', 'f.yaml:1: the file: Invalid input: expected record, received null'],
    ['nothing', '', 'f.yaml:1: the file: Invalid input: expected record, received null'],
  ])('with %s is refused with its line', (_, text, message) => {
    const read = () => parseLocatedYaml(text, 'f.yaml').check(z.record(z.string(), z.unknown()));
    expect(read).toThrow(CritiqueError);
    expect(read).toThrow(message);
  });

  it('may use anchors, and brackets inside texts', () => {
    const { value } = parseLocatedYaml(`a: &x [1]\nb: *x\nc: "${'['.repeat(500)}"\n`, 'f.yaml');
    expect(value).toEqual({ a: [1], b: [1], c: '['.repeat(500) });
  });
});
