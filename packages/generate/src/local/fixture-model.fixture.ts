import { readFileSync } from 'node:fs';
import { openCheckpoint } from '@charter/checkpoint';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, parseModelConfig } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import { loadTokenizer } from '@charter/tokenizer';
import { fixture, type fixtureModels } from '../../../models/src/testing/fixture-model.js';
import { type LocalModel, type LocalModelOptions, localModel } from './local-model.js';

/** A JSON file of the fixtures. */
export const readFixture = <T>(name: string): T => JSON.parse(readFileSync(fixture(name), 'utf8'));

/** The parts of a model in a folder that `localModel` takes; a name such as `llama` is one of the fixtures. */
export const openModel = async (model: string, adapter?: string) => {
  const folder = model.includes('/') ? model : fixture(`models/${model}`);
  const checkpoint = await openCheckpoint(folder);
  const config = parseModelConfig(checkpoint.config, folder);
  return {
    config,
    weights: checkpoint.weights,
    tokenizer: await loadTokenizer(folder),
    name: model,
    ...(adapter && {
      adapter: await loadAdapter(fixture(`adapters/${adapter}`), adaptableModules(config)),
    }),
  };
};

/** A tiny model of the fixtures. */
export const tinyModel = async (
  runtime: Runtime,
  model: (typeof fixtureModels)[number],
  options: Partial<LocalModelOptions> & { adapterName?: string } = {},
): Promise<LocalModel> =>
  localModel({ runtime, ...(await openModel(model, options.adapterName)), ...options });
