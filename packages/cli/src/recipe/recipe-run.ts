import { type LanguageModel, type LocalModel, localModel } from '@charter/generate';
import type { LoraAdapter } from '@charter/lora';
import type { LoadedModel } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import type { CommandContext } from '../command-line/command.js';
import { adapterFingerprint } from '../command-line/run-record.js';
import { budgetOf, limited } from '../models/language-model.js';
import { modelPool } from '../models/model-pool.js';
import { openAdapter } from '../models/open-model.js';
import type { RoleModel } from '../models/role-model.js';
import type { RecipeBase } from './recipe-base.js';
import type { StageFolders } from './run-stage.js';

/** Run of a recipe, or of those of its keys that a stage reads. */
export interface RecipeRun<Recipe extends RecipeBase = RecipeBase> extends CommandContext, StageFolders {
  readonly recipe: Recipe;
  readonly model: LoadedModel;
  readonly runtime: Runtime;
}

/** Runs `work` with the model on this machine, with or without an adapter. */
export const withLocalModel = async <T>(
  { model, runtime }: RecipeRun,
  adapterFolder: string | undefined,
  work: (local: LocalModel, adapter: LoraAdapter | undefined) => Promise<T>,
): Promise<T> => {
  const adapter = adapterFolder ? await openAdapter(adapterFolder, model) : undefined;
  // The name enters the keys of rows, so it must not depend on where the run lies.
  const local = localModel({ model, runtime, adapter });
  try {
    return await work(local, adapter);
  } finally {
    await local.dispose();
  }
};

/** Runs `work` with the model before training, and with the critic and the judge that the recipe names. */
export const withRoleModels = async <T>(
  run: RecipeRun,
  work: (writers: {
    model: LanguageModel;
    critic: LanguageModel | undefined;
    judge: LanguageModel | undefined;
  }) => Promise<T>,
): Promise<T> => {
  const { model, runtime, recipe } = run;
  const budget = recipe.budget && budgetOf(recipe.budget);
  const pool = modelPool(run, {}, { runtime, model });
  const open = async (role: 'critic' | 'judge') => {
    const other = recipe[role];
    return other && limited(budget, await pool.open(other, option => `${role}.${option}`));
  };
  try {
    const [critic, judge] = [await open('critic'), await open('judge')];
    return await withLocalModel(run, undefined, local =>
      work({ model: limited(budget, local), critic, judge }),
    );
  } finally {
    await pool.dispose();
  }
};

/** Inputs that decide the texts of another model of the recipe. */
export const roleFingerprint = async (other: RoleModel | undefined): Promise<unknown> =>
  other && { ...other, adapter: await adapterFingerprint(other.adapter) };
