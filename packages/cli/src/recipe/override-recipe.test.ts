import { describe, expect, it } from 'vitest';
import { limitRecipe } from './limit-recipe.js';
import { loadRecipe, shippedRecipes } from './load-recipe.js';
import { overrideRecipe } from './override-recipe.js';

describe('recipes that ship', () => {
  it.each(shippedRecipes())('%s can be read, and is named as its file', async name => {
    expect((await loadRecipe(name)).name).toBe(name);
  });

  it('have the numbers that they stand for', async () => {
    const original = await loadRecipe('original-mistral-7b');
    expect(original.critique).toMatchObject({ from: 'data', limit: 2000 });
    expect(original.helpful).toMatchObject({ limit: 800, ratio: 0.4 });
    expect(original.sft).toMatchObject({ num_train_epochs: 3 });
    const paper = await loadRecipe('paper');
    expect(paper.critique).toMatchObject({ from: 'prompts', revisions: 4, learn: 'all' });
    expect(paper.sft).toMatchObject({ num_train_epochs: 1 });
    expect(paper.helpful!.ratio).toBeCloseTo((135_296 * 2) / (182_831 * 4), 2);
  });

  it('say where to look when there is none of that name', async () => {
    await expect(loadRecipe('quikstart')).rejects.toThrow(/quikstart: there is no such file.*quickstart/);
  });
});

describe('the command line in place of a recipe', () => {
  it('replaces files and drops the split that belonged to the other one', async () => {
    const recipe = overrideRecipe(await loadRecipe('original-mistral-7b'), {
      model: 'm',
      seed: 7,
      prompts: 'rows.jsonl',
      helpful: 'helpful.jsonl',
      pairs: 'pairs.jsonl',
      'eval-pairs': 'held-out.jsonl',
    });
    expect(recipe).toMatchObject({ model: 'm', seed: 7 });
    expect(recipe.critique).toMatchObject({ data: 'rows.jsonl', split: undefined, limit: 2000 });
    expect(recipe.helpful).toMatchObject({ data: 'helpful.jsonl', ratio: 0.4 });
    expect(recipe.label).toMatchObject({ from: 'data', data: 'pairs.jsonl', skip: 0, limit: 2000 });
    expect(recipe.evaluate.pairs).toMatchObject({ data: 'held-out.jsonl', limit: 500 });
  });

  it('holds pairs out of the training data', async () => {
    const overrides = { pairs: 'pairs.jsonl', 'hold-out': 200 };
    const recipe = overrideRecipe(await loadRecipe('quickstart'), overrides);
    expect(recipe.label).toMatchObject({ from: 'data', data: 'pairs.jsonl', skip: 200 });
    expect(recipe.evaluate.pairs).toMatchObject({ data: 'pairs.jsonl', skip: 0, limit: 200 });
    expect(() => overrideRecipe(recipe, { 'hold-out': 200 })).toThrow(/--hold-out takes pairs from --pairs/);
  });

  it('limits rows of every kind, and never raises a limit', async () => {
    const small = limitRecipe(await loadRecipe('original-mistral-7b'), 20);
    expect(small.critique).toMatchObject({ limit: 20 });
    expect(small.helpful).toMatchObject({ limit: 20 });
    expect(small.label).toMatchObject({ limit: 20 });
    expect(small.evaluate).toMatchObject({ harmful: { limit: 20 }, pairs: { limit: 20 } });
    expect(limitRecipe(small, 100).critique).toMatchObject({ limit: 20 });
  });
});
