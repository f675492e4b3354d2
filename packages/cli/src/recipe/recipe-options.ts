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
    .describe('a recipe file, or the name of one that ships; default: charter-tiny, with --model quickstart'),
  model: modelOptions.model.optional().describe("model in place of the recipe's"),
  constitution: z.string().optional().describe("constitution in place of the recipe's"),
  prompts: z
    .string()
    .optional()
    .describe('prompts to criticise; rows with revisions where the recipe has critique.from: data'),
  helpful: z.string().optional().describe('helpful answers that SFT mixes in'),
  pairs: z.string().optional().describe('preference pairs for DPO in place of labelled ones'),
  'eval-pairs': z.string().optional().describe('held-out preference pairs, for preference_accuracy'),
  'hold-out': z
    .number()
    .int()
    .positive()
    .optional()
    .describe('hold the first N pairs of --pairs out of training, and evaluate on them'),
  limit: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('use at most N rows of each source, to try a recipe out'),
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
