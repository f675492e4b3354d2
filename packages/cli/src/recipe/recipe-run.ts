import type { Adapter } from '@charter/generate';
import { type LanguageModel, type LocalModel, localModel } from '@charter/generate';
import type { Runtime } from '@charter/tensor';
import type { CommandContext } from '../command.js';
import { budgetOf, limited } from '../language-model.js';
import type { OpenModel } from '../open-model.js';
import { openAdapter } from '../open-model.js';
import { writerPlace } from '../open-writer.js';
import { adapterIdentity } from '../run-record.js';
import type { OtherModel } from './other-model.js';
import type { RecipeBase } from './recipe-base.js';
import type { StageFolders } from './run-stage.js';

/** Run of a recipe, or of those of its keys that a stage reads. */
export interface RecipeRun<Recipe extends RecipeBase = RecipeBase> extends CommandContext, StageFolders {
  readonly recipe: Recipe;
  readonly model: OpenModel;
  readonly runtime: Runtime;
}

/** Runs `work` with the model as a writer, with or without an adapter. */
export const withWriter = async <T>(
  { model, runtime }: RecipeRun,
  adapterFolder: string | undefined,
  work: (writer: LocalModel, adapter: Adapter | undefined) => Promise<T>,
): Promise<T> => {
  const adapter = adapterFolder ? await openAdapter(adapterFolder, model) : undefined;
  // The name enters the keys of rows, so it must not depend on where the run lies.
  const writer = localModel({ ...model, runtime, adapter });
  try {
    return await work(writer, adapter);
  } finally {
    await writer.dispose();
  }
};

/** Runs `work` with the model before training as a writer, and with the other models that the recipe names. */
export const withWriters = async <T>(
  run: RecipeRun,
  work: (writers: {
    model: LanguageModel;
    critic: LanguageModel | undefined;
    judge: LanguageModel | undefined;
  }) => Promise<T>,
): Promise<T> => {
  const { model, runtime, recipe } = run;
  const budget = recipe.budget && budgetOf(recipe.budget);
  const place = writerPlace(run, {}, { runtime, model });
  const open = async (role: 'critic' | 'judge') => {
    const other = recipe[role];
    return other && limited(budget, await place.open(other, option => `${role}.${option}`));
  };
  try {
    const [critic, judge] = [await open('critic'), await open('judge')];
    return await withWriter(run, undefined, writer =>
      work({ model: limited(budget, writer), critic, judge }),
    );
  } finally {
    await place.dispose();
  }
};

/** What decides what another model of the recipe writes. */
export const otherIdentity = async (other: OtherModel | undefined): Promise<unknown> =>
  other && { ...other, adapter: await adapterIdentity(other.adapter) };
