import type { FrozenWeight, StoredTensor } from '@charter/tensor';
import type { Tokenizer } from '@charter/tokenizer';
import type { ModelConfig } from '../config/model-config.js';

/** A model as trainers, generation and evaluation take it: of a folder by `loadModel`, or made in memory. */
export interface PretrainedModel {
  /** Name in the files of adapters that are trained on it: an id on a hub, a known name, a path. */
  readonly id: string;
  readonly config: ModelConfig;
  /** Full-precision weights by their names in transformers, read when they are needed. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** The same with linear layers in 4 or 8 bits, as in QLoRA; programs take these where they are given. */
  readonly quantized?: ReadonlyMap<string, FrozenWeight> | undefined;
  readonly tokenizer: Tokenizer;
}

/** A model with the folder that its files lie in. */
export interface LoadedModel extends PretrainedModel {
  readonly folder: string;
}

/** Weights that a program of the model is compiled with: the quantized ones where there are some. */
export const frozenWeights = ({
  weights,
  quantized,
}: Pick<PretrainedModel, 'weights' | 'quantized'>): ReadonlyMap<string, FrozenWeight> => quantized ?? weights;

/** Last part of the model's id: `org/name` is `name`. */
export const modelName = ({ id }: Pick<PretrainedModel, 'id'>): string =>
  id.split(/[/\\]/).filter(Boolean).at(-1) ?? id;
