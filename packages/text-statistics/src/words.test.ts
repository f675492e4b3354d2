import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editRatio } from './edit-ratio.js';
import { ngramOverlap } from './ngrams.js';
import { isRepetitive } from './repetition.js';
import { words } from './words.js';

test('words ignore case, punctuation and the kind of apostrophe; scripts without spaces go by character', () => {
  expect(words('Don’t STOP — now!')).toEqual(["don't", 'stop', 'now']);
  expect(words('危险 ok')).toEqual(['危', '险', 'ok']);
  expect(words('GPT危险4')).toEqual(['gpt', '危', '险', '4']);
});

test('overlap is the share of n-grams that are in the source', () => {
  expect(ngramOverlap('a b c d e', 'x a b c d y', 4)).toBe(0.5);
  expect(ngramOverlap('b c', 'a b c d', 4)).toBe(1);
  expect(ngramOverlap('', 'a', 4)).toBe(0);
});

test('change counts inserted, deleted and replaced words', () => {
  expect(editRatio('you can go there now', 'you must go there')).toBe(2 / 5);
  expect(editRatio('Same words.', 'same words')).toBe(0);
  expect(editRatio('', 'new')).toBe(1);
});

test('change is symmetric and between 0 and 1', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd')).map(list => list.join(' '));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(editRatio(a, b)).toBe(editRatio(b, a));
      expect(editRatio(a, b)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a repeated text is repetitive in any script', () => {
  const sentence = '我不能帮助你做这件事。';
  expect(isRepetitive(sentence)).toBe(false);
  expect(isRepetitive(sentence.repeat(6))).toBe(true);
  expect(isRepetitive('I cannot help you with this. '.repeat(6))).toBe(true);
});
