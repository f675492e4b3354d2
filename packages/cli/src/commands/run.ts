import { join } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../command.js';
import { modelOptions, openModel, withRuntime } from '../open-model.js';
import { limitRecipe } from '../recipe/limit-recipe.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { overrideRecipe } from '../recipe/override-recipe.js';
import { runRecipe } from '../recipe/run-recipe.js';
import { formatSeconds } from '../terminal.js';

export const run = defineCommand({
  description:
    'A recipe is a YAML file, or one that ships: quickstart, original-mistral-7b, paper. A run that was stopped goes on ' +
    'when the same command is given again; stages whose settings changed are made anew, and the old ones are kept.',
  example: `charter run quickstart
charter run paper --model smollm2-135m-instruct --limit 20 --out runs/trial
charter run quickstart --pairs hh-rlhf.jsonl.gz --hold-out 200 --limit 300`,
  options: z.object({
    recipe: z.string().default('quickstart').describe('a recipe file, or the name of one that ships'),
    model: modelOptions.model.optional().describe('another model than the recipe names'),
    constitution: z.string().optional().describe('another constitution than the recipe names'),
    prompts: z
      .string()
      .optional()
      .describe('prompts to criticise, or rows with revisions where the recipe takes those from a dataset'),
    helpful: z.string().optional().describe('helpful answers to mix in'),
    pairs: z.string().optional().describe('preference pairs for DPO, in place of labelled ones'),
    'eval-pairs': z.string().optional().describe('held-out preference pairs, for preference_accuracy'),
    'hold-out': z
      .number()
      .int()
      .positive()
      .optional()
      .describe('so many of --pairs, the first ones, are not trained on but evaluated'),
    seed: z.number().int().min(0).optional().describe("in place of the recipe's seed"),
    limit: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('at most so many rows of each kind, to try a recipe out'),
    out: z.string().optional().describe('folder of the run; default runs/<name of the recipe>'),
    threads: modelOptions.threads,
  }),
  positional: 'recipe',
  async run(options, context) {
    const loaded = overrideRecipe(await loadRecipe(options.recipe), options);
    const recipe = options.limit ? limitRecipe(loaded, options.limit) : loaded;
    const out = options.out ?? join('runs', recipe.name);
    const begin = performance.now();
    context.terminal.note(`Recipe ${recipe.name} with ${recipe.model}, into ${out}`);
    const model = await openModel(recipe.model, context);
    const report = await withRuntime(options, runtime =>
      runRecipe({ ...context, recipe, model, runtime, out }),
    );
    context.terminal.note(`Done in ${formatSeconds((performance.now() - begin) / 1000)}. The report:`);
    context.terminal.print(report);
  },
});
