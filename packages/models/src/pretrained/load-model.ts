import { join } from 'node:path';
import { CheckpointError, checkFinite, openCheckpoint, sameTensor } from '@charter/checkpoint';
import type { StoredTensor } from '@charter/tensor';
import { type LoadTokenizerOptions, loadTokenizer } from '@charter/tokenizer';
import type { ModelConfig } from '../config/model-config.js';
import { parseModelConfig } from '../config/parse-model-config.js';
import { weightShapes } from '../decoder/linear-modules.js';
import type { LoadedModel } from './pretrained-model.js';
import { type QuantizationCacheOptions, quantizeModelCached } from './quantization-cache.js';
import type { Quantization } from './quantize-model.js';

export interface LoadModelOptions extends QuantizationCacheOptions, Omit<LoadTokenizerOptions, 'vocab_size'> {
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
 * @throws {CheckpointError | ModelConfigError | TokenizerError} when a file is missing or cannot be read, a weight holds
 *   NaN or infinity, or the architecture is not supported
 * @see transformers `AutoModelForCausalLM.from_pretrained`
 */
export const loadModel = async (
  folder: string,
  { id = folder, quantize, chat_template, chat_template_kwargs, ...cache }: LoadModelOptions = {},
): Promise<LoadedModel> => {
  const { config: json, weights } = await openCheckpoint(folder);
  const config = parseModelConfig(json, join(folder, 'config.json'));
  await checkWeights(folder, config, weights);
  const model = {
    id,
    folder,
    config: await settleTie(config, weights),
    weights,
    tokenizer: await loadTokenizer(folder, {
      chat_template,
      chat_template_kwargs,
      vocab_size: config.vocab_size,
    }),
  };
  return quantize ? quantizeModelCached(model, quantize, cache) : model;
};

/**
 * A file with a vocabulary projection of its own unties the model, whatever `config.json` says.
 *
 * @see transformers 5.23 `PreTrainedModel.tie_weights`
 */
const settleTie = async (
  config: ModelConfig,
  weights: ReadonlyMap<string, StoredTensor>,
): Promise<ModelConfig> => {
  const [head, table] = [weights.get('lm_head.weight'), weights.get('model.embed_tokens.weight')];
  if (!config.tie_word_embeddings || !head || !table || (await sameTensor(head, table))) return config;
  return { ...config, tie_word_embeddings: false };
};

/**
 * @throws {CheckpointError} naming weights that the architecture needs and the files lack, whose shape is another, or
 *   that hold NaN or infinity
 */
const checkWeights = async (
  folder: string,
  config: ModelConfig,
  weights: ReadonlyMap<string, StoredTensor>,
): Promise<void> => {
  const shapes = weightShapes(config);
  const missing = [...shapes.keys()].filter(name => !weights.has(name));
  if (missing.length > 0) {
    const advice = missing.every(name => name.startsWith('lm_head.'))
      ? 'It was saved without its head (by AutoModel): save it with AutoModelForCausalLM.'
      : `A "${config.model_type}" model of ${config.num_hidden_layers} layers was expected: is config.json of the same model?`;
    throw new CheckpointError(folder, `has no ${listed(missing)} among its weights. ${advice}`);
  }
  const other = [...shapes].find(([name, shape]) => `${weights.get(name)!.shape}` !== `${shape}`);
  if (other) {
    const [name, shape] = other;
    throw new CheckpointError(
      folder,
      `has the shape [${weights.get(name)!.shape}], but config.json asks for [${shape}]. Are the two of the same model?`,
      { tensor: name },
    );
  }
  const used = [...weights].filter(([name]) => shapes.has(name) || name === 'lm_head.weight');
  await checkFinite(folder, used);
};

const listed = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
