import { z } from 'zod';
import { modelOptions } from '../models/open-model.js';
import { limitRecipe } from './limit-recipe.js';
import { loadRecipe } from './load-recipe.js';
import { overrideRecipe } from './override-recipe.js';
import type { Recipe } from './recipe.js';

/** Options of every command that runs a recipe. */
export const recipeOptions = {
  recipe: z
    .string()
    .optional()
    .describe(
      'a recipe file, or the name of one that ships; default charter-tiny, or quickstart with --model',
    ),
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
  limit: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('at most so many rows of each kind, to try a recipe out'),
  device: modelOptions.device,
  threads: modelOptions.threads,
};

type RecipeOptions = z.output<z.ZodObject<typeof recipeOptions>> & { readonly seed?: number | undefined };

/** The recipe that a command's options ask for. */
export const recipeFrom = async (options: RecipeOptions): Promise<Recipe> => {
  const name = options.recipe ?? (options.model === undefined ? 'charter-tiny' : 'quickstart');
  const recipe = overrideRecipe(await loadRecipe(name), options);
  return options.limit ? limitRecipe(recipe, options.limit) : recipe;
};
