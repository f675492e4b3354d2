import { readTensor } from '@charter/checkpoint';
import { linearModules, type ModelConfig } from '@charter/models';
import { type FrozenWeight, quantizeMatrix, type StoredTensor } from '@charter/tensor';

/** How linear layers are held; embeddings and norms stay as they are. */
export type Quantization = '4bit' | '8bit';

/** Numbers that share a scale; the smaller size is for models whose layers are no multiple of the larger. */
const BLOCKS = [32, 16];

/**
 * A model's weights with those of its linear layers in few bits. The vocabulary projection has 8 bits either way: it is
 * most sensitive, and where it is tied to the embeddings these stay whole beside it.
 */
export const quantizedWeights = async (
  config: ModelConfig,
  weights: ReadonlyMap<string, StoredTensor>,
  quantization: Quantization,
): Promise<ReadonlyMap<string, FrozenWeight>> => {
  const result = new Map<string, FrozenWeight>(weights);
  for (const { name, kind, in_features, out_features } of linearModules(config)) {
    const tied = kind === 'lm_head' && config.tie_word_embeddings;
    const stored = weights.get(tied ? 'model.embed_tokens.weight' : `${name}.weight`);
    // Missing ones are named when the program is compiled.
    if (!stored) continue;
    const block = BLOCKS.find(size => in_features % size === 0);
    if (block === undefined) {
      result.set(`${name}.weight`, stored);
      continue;
    }
    const bits = kind === 'lm_head' || quantization === '8bit' ? 8 : 4;
    const data = await readTensor(stored);
    result.set(`${name}.weight`, quantizeMatrix(data, [out_features, in_features], { bits, block }));
  }
  return result;
};
