import { expect, test } from 'vitest';
import { loadRecipe } from '../load-recipe.js';
import { sweepGrid } from './sweep-grid.js';

test('every combination of the values given is a setting, in the order given', () => {
  const grid = sweepGrid({ beta: [0.05, 0.1], 'helpful-ratio': [0, 1, 1] });
  expect(grid.map(({ label }) => label)).toEqual([
    'helpful-ratio 0, beta 0.05',
    'helpful-ratio 0, beta 0.1',
    'helpful-ratio 1, beta 0.05',
    'helpful-ratio 1, beta 0.1',
  ]);
  expect(grid[0]?.folder).toBe('helpful-ratio-0_beta-0.05');
});

test('each value lands in the setting of the stage that it is named after', async () => {
  const [setting] = sweepGrid({
    'helpful-ratio': [2],
    epochs: [5],
    'learning-rate': [0.01],
    beta: [0.3],
    'dpo-epochs': [4],
    'dpo-learning-rate': [0.02],
  });
  const recipe = setting!.apply(await loadRecipe('quickstart'));
  expect(recipe.helpful).toMatchObject({ data: 'helpful', ratio: 2 });
  expect(recipe.sft).toMatchObject({ num_train_epochs: 5, learning_rate: 0.01 });
  expect(recipe.dpo).toMatchObject({ beta: 0.3, num_train_epochs: 4, learning_rate: 0.02 });
});

test('a helpful ratio of 0 mixes nothing in, and others need something to mix', async () => {
  const [none, some] = sweepGrid({ 'helpful-ratio': [0, 0.5] });
  const { helpful: _, ...without } = await loadRecipe('quickstart');
  expect(none!.apply(await loadRecipe('quickstart')).helpful).toBeUndefined();
  expect(() => some!.apply(without)).toThrow(
    '--helpful-ratio 0.5: the recipe has no helpful answers to mix in',
  );
});

test('a sweep over nothing says what can be varied', () => {
  expect(() => sweepGrid({})).toThrow(/nothing to vary: .*--helpful-ratio.*--dpo-learning-rate/);
});
