import type { LoraTarget } from '../config/lora-targets.js';

/** One trained tensor of an adapter. */
export interface LoraParameter {
  /** PEFT's name, such as `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** PEFT's names of a module's tensors: two matrices, and DoRA's magnitudes. */
export const parameterNames = (module: string) => ({
  A: `base_model.model.${module}.lora_A.weight`,
  B: `base_model.model.${module}.lora_B.weight`,
  magnitude: `base_model.model.${module}.lora_magnitude_vector`,
});

/** PEFT's name of a fully trained tensor. */
export const savedName = (weight: string): string => `base_model.model.${weight}`;

/**
 * Trained parameters in the order of the targets: A `[r, in]` and B `[out, r]`, with DoRA also a magnitude `[out]`; of a
 * fully trained module its weight and bias.
 */
export const loraParameters = (targets: readonly LoraTarget[]): LoraParameter[] =>
  targets.flatMap(({ name, kind, r, in_features, out_features, trained = {} }): LoraParameter[] => {
    const names = parameterNames(name);
    if (kind === 'full')
      return Object.entries(trained).map(([part, shape]) => ({ name: savedName(`${name}.${part}`), shape }));
    const pair = [
      { name: names.A, shape: [r, in_features] },
      { name: names.B, shape: [out_features, r] },
    ];
    return kind === 'dora' ? [...pair, { name: names.magnitude, shape: [out_features] }] : pair;
  });
