import type { LoraTarget } from './lora-targets.js';

/** One trained matrix of an adapter. */
export interface LoraParameter {
  /** PEFT's name, such as `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`. */
  readonly name: string;
  readonly shape: readonly [number, number];
}

/** PEFT's names of a module's two matrices. */
export const parameterNames = (module: string): { A: string; B: string } => ({
  A: `base_model.model.${module}.lora_A.weight`,
  B: `base_model.model.${module}.lora_B.weight`,
});

/** A `[r, in]` and B `[out, r]` of every target, in order. */
export const loraParameters = (targets: readonly LoraTarget[]): LoraParameter[] =>
  targets.flatMap(({ name, r, in_features, out_features }): LoraParameter[] => [
    { name: parameterNames(name).A, shape: [r, in_features] },
    { name: parameterNames(name).B, shape: [out_features, r] },
  ]);
