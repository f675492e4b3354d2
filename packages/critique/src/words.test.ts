import fc from 'fast-check';
import { expect, test } from 'vitest';
import { overlap, wordChange, words } from './words.js';

test('words ignore case, punctuation and the kind of apostrophe; scripts without spaces go by character', () => {
  expect(words('Don’t STOP — now!')).toEqual(["don't", 'stop', 'now']);
  expect(words('危险 ok')).toEqual(['危', '险', 'ok']);
});

test('overlap is the share of word runs that stand in the source', () => {
  expect(overlap('a b c d e', 'x a b c d y', 4)).toBe(0.5);
  expect(overlap('b c', 'a b c d', 4)).toBe(1);
  expect(overlap('', 'a', 4)).toBe(0);
});

test('change counts inserted, deleted and replaced words', () => {
  expect(wordChange('you can go there now', 'you must go there')).toBe(2 / 5);
  expect(wordChange('Same words.', 'same words')).toBe(0);
  expect(wordChange('', 'new')).toBe(1);
});

test('change is symmetric and between 0 and 1', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd')).map(list => list.join(' '));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(wordChange(a, b)).toBe(wordChange(b, a));
      expect(wordChange(a, b)).toBeLessThanOrEqual(1);
    }),
  );
});
