import { readTensor } from '@charter/checkpoint';
import { type FrozenWeight, type QuantizedMatrix, quantizeMatrix, type StoredTensor } from '@charter/tensor';
import { linearModules } from '../decoder/linear-modules.js';
import type { PretrainedModel } from './pretrained-model.js';

/** Bits of the linear layers' weights; embeddings and norms keep full precision. */
export type Quantization = '4bit' | '8bit';

/** Sizes of the blocks that share a scale; the smaller size is for models whose layers are no multiple of the larger. */
const BLOCKS = [32, 16];

/** A matrix to quantize. */
export interface PlannedMatrix {
  /** Name of the weight that it becomes, such as `lm_head.weight`. */
  readonly name: string;
  readonly stored: StoredTensor;
  readonly shape: readonly [out: number, in_: number];
  readonly bits: 4 | 8;
  readonly block: number;
}

/**
 * The matrices of a model's linear layers. The vocabulary projection has 8 bits either way: it is most sensitive, and
 * embeddings that it is tied to keep full precision beside it. So do layers whose width is no multiple of a block.
 */
export const quantizationPlan = (
  { config, weights }: Pick<PretrainedModel, 'config' | 'weights'>,
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

/** The matrix, read and quantized. */
export const quantizePlanned = async ({
  stored,
  shape,
  bits,
  block,
}: PlannedMatrix): Promise<QuantizedMatrix> =>
  quantizeMatrix(await readTensor(stored), shape, { bits, block });

/** A model with its linear layers quantized, in memory; `quantizeModelCached` keeps them on disk. */
export const quantizeModel = async <M extends Pick<PretrainedModel, 'config' | 'weights'>>(
  model: M,
  quantization: Quantization,
): Promise<M & { readonly quantized: ReadonlyMap<string, FrozenWeight> }> => {
  const quantized = new Map<string, FrozenWeight>(model.weights);
  for (const planned of quantizationPlan(model, quantization))
    quantized.set(planned.name, await quantizePlanned(planned));
  return { ...model, quantized };
};
