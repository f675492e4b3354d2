/** Models with the shapes of real ones and random weights. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, openSafetensors, writeSafetensors } from '../../packages/checkpoint/src/index.js';
import {
  type ModelConfig,
  type PretrainedModel,
  parseModelConfig,
  weightShapes,
} from '../../packages/models/src/index.js';
import type { StoredTensor } from '../../packages/tensor/src/index.js';

const smollm2 = {
  model_type: 'llama',
  vocab_size: 49152,
  max_position_embeddings: 8192,
  rope_theta: 100000,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
};

const shapes = {
  '135M': {
    ...smollm2,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
  },
  '360M': {
    ...smollm2,
    hidden_size: 960,
    intermediate_size: 2560,
    num_hidden_layers: 32,
    num_attention_heads: 15,
    num_key_value_heads: 5,
  },
  '1.7B': {
    ...smollm2,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 24,
    num_attention_heads: 32,
    num_key_value_heads: 32,
  },
  'mistral-7b': {
    model_type: 'mistral',
    vocab_size: 32768,
    hidden_size: 4096,
    intermediate_size: 14336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    max_position_embeddings: 32768,
    rope_theta: 1e6,
    rms_norm_eps: 1e-5,
    sliding_window: null,
    tie_word_embeddings: false,
  },
} as const;

export type ShapeName = keyof typeof shapes;

/** Configuration of a model of this shape; `layers` keeps the first layers only. */
export const shapeConfig = (name: ShapeName, layers?: number): ModelConfig =>
  parseModelConfig({ ...shapes[name], ...(layers && { num_hidden_layers: layers }) }, name);

/** Uniform random numbers with the deviation of initial weights, a function of the name; norms are 1. */
export const randomWeight = (name: string, shape: readonly number[]): Float32Array<ArrayBuffer> => {
  const size = shape.reduce((n, d) => n * d, 1);
  const data = new Float32Array(size);
  if (shape.length === 1) return data.fill(1);
  const scale = (shape[1]! / 3) ** -0.5;
  let state = [...name].reduce((hash, char) => (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0, 17);
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = (state / 2 ** 31 - 1) * scale;
  }
  return data;
};

/** Float32 model of this shape, written to the cache folder at the first call. */
export const shapedModel = async (
  name: ShapeName,
  layers?: number,
): Promise<Pick<PretrainedModel, 'id' | 'config' | 'weights'>> => {
  const config = shapeConfig(name, layers);
  const folder = join(cacheFolder(), 'bench', 'shapes');
  const file = join(folder, `${name}-${config.num_hidden_layers}.safetensors`);
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true });
    await writeSafetensors(
      file,
      [...weightShapes(config)].map(([weight, shape]) => [
        weight,
        { shape, data: () => randomWeight(weight, shape) },
      ]),
    );
  }
  const weights = (await openSafetensors(file)).tensors as ReadonlyMap<string, StoredTensor>;
  return { id: name, config, weights };
};

/** Number of parameters in matrix products: all matrices except an embedding table that is only looked up. */
export const denseParameters = (config: ModelConfig): number =>
  [...weightShapes(config)]
    .filter(
      ([name, shape]) => shape.length === 2 && (config.tie_word_embeddings || !name.includes('embed_tokens')),
    )
    .reduce((sum, [, [rows, columns]]) => sum + rows! * columns!, 0);
