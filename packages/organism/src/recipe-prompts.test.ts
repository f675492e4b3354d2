import { expect, it } from 'vitest';
import { recipePrompts } from './recipe-prompts.js';

const asked = (rows: readonly { prompt: readonly { content: unknown }[] }[]) =>
  rows.map(({ prompt }) => prompt.at(-1)!.content);

it('gives as many rows of each kind as asked for, the same for the same seed', () => {
  const files = recipePrompts({ count: 200, seed: 2 });
  expect(Object.values(files).map(rows => rows.length)).toEqual([200, 200, 200, 200, 200]);
  expect(recipePrompts({ count: 200, seed: 2 })).toEqual(files);
});

it('trains on no prompt that it is measured by', () => {
  const files = recipePrompts({ count: 200, seed: 2 });
  const trained = new Set([...asked(files.harmful), ...asked(files.helpful)]);
  const measured = [
    ...asked(files['harmful-held-out']),
    ...asked(files['helpful-held-out']),
    ...asked(files['borderline-held-out']),
  ];
  expect(measured.filter(prompt => trained.has(prompt))).toEqual([]);
});
