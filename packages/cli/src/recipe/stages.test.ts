import { expect, it } from 'vitest';
import { recipeSchema } from './recipe.js';
import { stages } from './stages.js';

const smallest = {
  name: 'x',
  model: 'm',
  critique: { from: 'prompts', prompts: { data: 'harmful' } },
  label: { from: 'samples' },
  evaluate: {},
};

it('a stage has one word for its name, its folder and its key in a recipe', () => {
  for (const { id, settings } of stages) {
    const [key] = Object.keys(settings);
    // Evaluation runs at three points by the settings of one key.
    if (id.startsWith('evaluate-')) expect(['evaluate', undefined]).toContain(key);
    else expect(key).toBe(id);
  }
  expect(new Set(stages.map(({ id }) => id)).size).toBe(stages.length);
  expect(recipeSchema.safeParse(smallest).success).toBe(true);
});

it.each(['revisions', 'preferences', 'answers'])('%s is no key of a recipe', key => {
  const { error } = recipeSchema.safeParse({ ...smallest, [key]: {} });
  expect(error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: [key] }]);
});
