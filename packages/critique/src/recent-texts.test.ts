import { expect, test } from 'vitest';
import { recentTexts } from './recent-texts.js';

const text = (n: number) => `in case ${n} the owner of shop ${n} would pay for what was taken`;

test('the text that is most alike is found, with the share of runs of 4 words that stand in it', () => {
  const recent = recentTexts();
  expect(recent.mostAlike(text(1))).toEqual({ share: 0, text: '' });
  recent.add(text(1));
  recent.add(text(2));
  expect(recent.mostAlike(text(2))).toEqual({ share: 1, text: text(2) });
  const { share } = recent.mostAlike(text(3));
  expect(share).toBeGreaterThan(0.3);
  expect(share).toBeLessThan(0.6);
});

test('only the last ones are remembered', () => {
  const recent = recentTexts(2);
  for (const n of [1, 2, 3]) recent.add(`${text(n)} word${n}`);
  expect(recent.mostAlike(`${text(1)} word1`).share).toBeLessThan(1);
  expect(recent.mostAlike(`${text(3)} word3`).share).toBe(1);
});
