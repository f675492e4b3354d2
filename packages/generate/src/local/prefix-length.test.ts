import { expect, test } from 'vitest';
import { sharedPrefixLength } from './prefix-length.js';

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const examples = numbers(0, 200);
const prompt = [...examples, ...numbers(1000, 100)];

test('what two prompts have in common is worth sharing, down to a multiple of 16', () => {
  expect(sharedPrefixLength(prompt, [[...examples, ...numbers(2000, 50)]])).toBe(192);
});

test('a few tokens, such as a chat template’s first line, are not', () => {
  expect(sharedPrefixLength(prompt, [[...examples.slice(0, 63), ...numbers(2000, 50)]])).toBe(0);
  expect(sharedPrefixLength(prompt, [])).toBe(0);
});

test('what many share counts more than the longer beginning that one more prompt has', () => {
  const many = numbers(0, 5).map(n => [...examples, ...numbers(2000 + n, 50)]);
  expect(sharedPrefixLength(prompt, [prompt, ...many])).toBe(192);
  // But a little that everybody has counts less than the examples.
  const strangers = numbers(0, 5).map(n => [...examples.slice(0, 70), ...numbers(3000 + n, 50)]);
  expect(sharedPrefixLength(prompt, [...strangers, ...many])).toBe(192);
});
