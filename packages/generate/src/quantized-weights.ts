import { readTensor } from '@charter/checkpoint';
import { linearModules, type ModelConfig } from '@charter/models';
import { type FrozenWeight, type QuantizedMatrix, quantizeMatrix, type StoredTensor } from '@charter/tensor';

/** How linear layers are held; embeddings and norms stay as they are. */
export type Quantization = '4bit' | '8bit';

/** Numbers that share a scale; the smaller size is for models whose layers are no multiple of the larger. */
const BLOCKS = [32, 16];

/** One matrix that is to be held in few bits. */
export interface PlannedMatrix {
  /** Of the weight that it becomes, such as `lm_head.weight`. */
  readonly name: string;
  readonly stored: StoredTensor;
  readonly shape: readonly [out: number, in_: number];
  readonly bits: 4 | 8;
  readonly block: number;
}

/**
 * The matrices of a model's linear layers. The vocabulary projection has 8 bits either way: it is most sensitive, and
 * where it is tied to the embeddings these stay whole beside it. Layers that are no whole number of blocks wide are left
 * out, and stay whole.
 */
export const quantizationPlan = (
  config: ModelConfig,
  weights: ReadonlyMap<string, StoredTensor>,
  quantization: Quantization,
): PlannedMatrix[] =>
  linearModules(config).flatMap(({ name, kind, in_features, out_features }) => {
    const tied = kind === 'lm_head' && config.tie_word_embeddings;
    const stored = weights.get(tied ? 'model.embed_tokens.weight' : `${name}.weight`);
    const block = BLOCKS.find(size => in_features % size === 0);
    // Missing ones are named when the program is compiled.
    if (!stored || block === undefined) return [];
    const bits = kind === 'lm_head' || quantization === '8bit' ? 8 : 4;
    return [{ name: `${name}.weight`, stored, shape: [out_features, in_features] as const, bits, block }];
  });

/** Reads a matrix and rounds it. */
export const quantizePlanned = async ({
  stored,
  shape,
  bits,
  block,
}: PlannedMatrix): Promise<QuantizedMatrix> =>
  quantizeMatrix(await readTensor(stored), shape, { bits, block });

/** A model's weights with those of its linear layers in few bits, in memory. */
export const quantizedWeights = async (
  config: ModelConfig,
  weights: ReadonlyMap<string, StoredTensor>,
  quantization: Quantization,
): Promise<ReadonlyMap<string, FrozenWeight>> => {
  const result = new Map<string, FrozenWeight>(weights);
  for (const planned of quantizationPlan(config, weights, quantization))
    result.set(planned.name, await quantizePlanned(planned));
  return result;
};
