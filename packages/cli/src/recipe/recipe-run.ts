import type { Adapter } from '@charter/generate';
import { type LocalModel, localModel } from '@charter/generate';
import type { Runtime } from '@charter/tensor';
import type { CommandContext } from '../command.js';
import type { OpenModel } from '../open-model.js';
import { openAdapter } from '../open-model.js';
import type { Recipe } from './recipe.js';
import type { StagePlace } from './stage-folder.js';

/** What every stage of a recipe gets. */
export interface RecipeRun extends CommandContext {
  readonly recipe: Recipe;
  readonly model: OpenModel;
  readonly runtime: Runtime;
  /** Folder of the run; each stage has one of its own in it. */
  readonly out: string;
  readonly foldersBy?: StagePlace['foldersBy'];
  readonly onStage?: StagePlace['onStage'];
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
