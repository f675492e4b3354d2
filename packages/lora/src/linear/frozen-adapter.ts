import type { AdaptableModule, LinearLayer } from '@charter/models';
import type { Graph, StoredTensor } from '@charter/tensor';
import { type LoraTarget, loraTargets } from '../config/lora-targets.js';
import type { LoraAdapter } from '../files/parse-adapter.js';
import { loraLinear } from './lora-linear.js';

/** An adapter that is run, not trained: its matrices are weights of the program. */
export interface FrozenAdapter {
  readonly targets: readonly LoraTarget[];
  /** To be compiled with, beside the model's. */
  readonly weights: readonly (readonly [name: string, StoredTensor])[];
  /** Linear layers with the adapter on; `base` builds the frozen products, by default `x weightᵀ + bias`. */
  linear(graph: Graph, base?: LinearLayer): LinearLayer;
}

/**
 * Puts an adapter on a model whose weights stay as they are.
 *
 * @param modules linear modules and norms of the model, as `adaptableModules` of @charter/models lists them
 * @param modelType `model_type` of the model
 */
export const frozenAdapter = (
  { config, tensors }: LoraAdapter,
  modules: readonly AdaptableModule[],
  modelType: string,
): FrozenAdapter => {
  const targets = loraTargets(config, modules, modelType);
  return {
    targets,
    weights: [...tensors].map(([name, { shape, data }]) => [
      name,
      { dtype: 'float32', shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) },
    ]),
    linear: (graph, base) =>
      loraLinear(targets, { parameter: (name, shape) => graph.weight(name, shape), base }),
  };
};
