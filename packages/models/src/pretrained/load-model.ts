import { join } from 'node:path';
import { openCheckpoint } from '@charter/checkpoint';
import { type LoadTokenizerOptions, loadTokenizer } from '@charter/tokenizer';
import { parseModelConfig } from '../config/parse-model-config.js';
import type { LoadedModel } from './pretrained-model.js';
import { type QuantizationCacheOptions, quantizeModelCached } from './quantization-cache.js';
import type { Quantization } from './quantize-model.js';

export interface LoadModelOptions extends QuantizationCacheOptions, LoadTokenizerOptions {
  /** Name in the files of adapters that are trained on it; default: the folder. */
  readonly id?: string | undefined;
  /** Holds linear layers in 4 or 8 bits: less memory, a little worse; default: full precision. */
  readonly quantize?: Quantization | undefined;
}

/**
 * A model folder in Hugging Face layout: config.json, safetensors and the tokenizer's files. Weights stay in their files
 * until a program is compiled with them; quantized ones are made once and kept in the cache.
 *
 * @param folder as `pull` of @charter/checkpoint gives it
 * @throws {CheckpointError | ModelConfigError | TokenizerError} when a file is missing or cannot be read, or the
 *   architecture is not supported
 * @see transformers `AutoModelForCausalLM.from_pretrained`
 */
export const loadModel = async (
  folder: string,
  { id = folder, quantize, chat_template, chat_template_kwargs, ...cache }: LoadModelOptions = {},
): Promise<LoadedModel> => {
  const { config, weights } = await openCheckpoint(folder);
  const model = {
    id,
    folder,
    config: parseModelConfig(config, join(folder, 'config.json')),
    weights,
    tokenizer: await loadTokenizer(folder, { chat_template, chat_template_kwargs }),
  };
  return quantize ? quantizeModelCached(model, quantize, cache) : model;
};
