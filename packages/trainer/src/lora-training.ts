import {
  initLora,
  type LoraConfig,
  type LoraTarget,
  loadAdapter,
  loraConfigSchema,
  loraLinear,
  loraParameters,
  loraTargets,
  saveAdapter,
} from '@charter/lora';
import { type LinearLayer, linearModules, type ModelConfig } from '@charter/models';
import type { Graph, StoredTensor } from '@charter/tensor';
import type { Parameter } from './flat-parameters.js';
import { dropoutSeed } from './train-programs.js';

/** A model to train an adapter on: its folder, its config and its frozen weights. */
export interface BaseModel {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

/** An adapter about to be trained. */
export interface LoraTraining {
  readonly config: LoraConfig;
  readonly parameters: readonly Parameter[];
  readonly initial: ReadonlyMap<string, Float32Array>;
  /** Linear layers with the adapter on, inside a graph in which its parameters are bound. */
  linear(graph: Graph, mode: 'train' | 'eval'): LinearLayer;
  /** Writes the adapter in PEFT's format. */
  save(
    folder: string,
    tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
  ): Promise<void>;
}

/**
 * A new adapter by `lora`, or one that is continued.
 *
 * @param options.adapter folder of the adapter to continue; its own config then holds
 * @param options.dropout whether `lora_dropout` is used; TRL switches it off in DPO
 */
export const startLora = async (
  model: BaseModel,
  options: { lora: Partial<LoraConfig>; adapter?: string | undefined; seed: number; dropout: boolean },
): Promise<LoraTraining> => {
  const modules = linearModules(model.config);
  const loaded = options.adapter ? await loadAdapter(options.adapter, modules) : undefined;
  const config = loaded?.config ?? loraConfigSchema.parse(options.lora);
  const targets: readonly LoraTarget[] = loraTargets(config, modules, model.config.model_type);
  const initial = loaded
    ? new Map([...loaded.tensors].map(([name, { data }]) => [name, data]))
    : initLora(targets, { seed: options.seed, init_lora_weights: config.init_lora_weights });
  const p = options.dropout ? config.lora_dropout : 0;
  return {
    config,
    parameters: loraParameters(targets),
    initial,
    linear: (graph, mode) =>
      loraLinear(targets, {
        parameter: (name, shape) => graph.weight(name, shape),
        ...(p > 0 && mode === 'train' && { dropout: { p, seed: graph.input(dropoutSeed, 'int32', []) } }),
      }),
    save: (folder, tensors) => saveAdapter(folder, { config, targets, tensors, baseModel: model.folder }),
  };
};
