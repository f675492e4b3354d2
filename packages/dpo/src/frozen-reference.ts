import { frozenAdapter, type LoraTarget, type ParsedAdapter } from '@charter/lora';
import {
  adaptableModules,
  frozenWeights,
  type LinearLayer,
  type OutlierChannels,
  type PretrainedModel,
} from '@charter/models';
import type { FrozenWeight, Graph } from '@charter/tensor';
import type { BaseLayers } from '@charter/trainer';

/** A model that stays as it is: the base, or the base with a frozen adapter. */
export interface FrozenReference {
  readonly weights: ReadonlyMap<string, FrozenWeight>;
  /** Layers that the adapter changes; undefined without one. */
  readonly targets: readonly LoraTarget[] | undefined;
  /** Input channels that stay in float32 beside 8-bit products; undefined in float32. */
  readonly outlier_channels: OutlierChannels | undefined;
  /** Linear layers with the adapter on; undefined for those of the base. */
  linear(graph: Graph): LinearLayer | undefined;
}

/** The reference of DPO: `model` in the precision of `base`, with `adapter` on it where one is given. */
export const frozenReference = (
  model: PretrainedModel,
  adapter: ParsedAdapter | undefined,
  base: BaseLayers,
): FrozenReference => {
  const { config } = model;
  const frozen = adapter && frozenAdapter(adapter, adaptableModules(config), config.model_type);
  return {
    weights: new Map<string, FrozenWeight>([...frozenWeights(model), ...(frozen?.weights ?? [])]),
    targets: frozen?.targets,
    outlier_channels: base.outlier_channels,
    linear: graph => frozen?.linear(graph, base.linear) ?? base.linear,
  };
};
