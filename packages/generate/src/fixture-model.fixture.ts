import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '@charter/checkpoint';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, parseModelConfig } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import { loadTokenizer } from '@charter/tokenizer';
import { type LocalModel, type LocalModelOptions, localModel } from './local-model.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

export const tinyModels = [
  'llama',
  'llama-untied-rope3',
  'llama-biased-linear',
  'llama-dynamic',
  'mistral',
  'qwen2',
  'qwen3',
  'gemma3',
  'phi3',
  'phi3-longrope',
] as const;

/** A JSON file of the fixtures. */
export const readFixture = <T>(name: string): T => JSON.parse(readFileSync(fixtures + name, 'utf8'));

/** The parts of a model in a folder that `localModel` takes; a name such as `llama` is one of the fixtures. */
export const openModel = async (model: string, adapter?: string) => {
  const folder = model.includes('/') ? model : `${fixtures}models/${model}`;
  const checkpoint = await openCheckpoint(folder);
  const config = parseModelConfig(checkpoint.config, folder);
  return {
    config,
    weights: checkpoint.weights,
    tokenizer: await loadTokenizer(folder),
    name: model,
    ...(adapter && {
      adapter: await loadAdapter(`${fixtures}adapters/${adapter}`, adaptableModules(config)),
    }),
  };
};

/** A tiny model of the fixtures. */
export const tinyModel = async (
  runtime: Runtime,
  model: (typeof tinyModels)[number],
  options: Partial<LocalModelOptions> & { adapterName?: string } = {},
): Promise<LocalModel> =>
  localModel({ runtime, ...(await openModel(model, options.adapterName)), ...options });
