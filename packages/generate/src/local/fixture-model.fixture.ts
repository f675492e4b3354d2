import { readFileSync } from 'node:fs';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, loadModel, type PretrainedModel } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import { fixture, type fixtureModels } from '../../../models/src/testing/fixture-model.js';
import { type LocalModel, type LocalModelOptions, localModel } from './local-model.js';

/** A JSON file of the fixtures. */
export const readFixture = <T>(name: string): T => JSON.parse(readFileSync(fixture(name), 'utf8'));

/** A model in a folder; a name such as `llama` is one of the fixtures. */
export const openModel = (model: string): Promise<PretrainedModel> =>
  loadModel(model.includes('/') ? model : fixture(`models/${model}`));

/** A tiny model of the fixtures. */
export const tinyModel = async (
  runtime: Runtime,
  name: (typeof fixtureModels)[number],
  { adapterName, ...options }: Partial<LocalModelOptions> & { adapterName?: string | undefined } = {},
): Promise<LocalModel> => {
  const model = options.model ?? (await openModel(name));
  const adapter =
    adapterName && (await loadAdapter(fixture(`adapters/${adapterName}`), adaptableModules(model.config)));
  return localModel({ runtime, ...(adapter && { adapter }), ...options, model });
};
