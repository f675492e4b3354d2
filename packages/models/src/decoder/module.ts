import { add, type Graph, linear, rmsNorm, type Value } from '@charter/tensor';
import type { ModelConfig } from '../config/model-config.js';

/**
 * Builder of a model's linear layers: the plain one is `x weightᵀ + bias`; LoRA adds to it, a quantized model
 * replaces it.
 *
 * @param x `[tokens, in_features]`
 * @param layer `name` is the module's path, such as `model.layers.0.self_attn.q_proj`; `weight` is `[out, in]`, `bias` `[out]`
 * @returns `[tokens, out_features]`
 */
export interface LinearLayer {
  (
    x: Value,
    layer: { readonly name: string; readonly weight: Value; readonly bias?: Value | undefined },
  ): Value;
  /**
   * Replacement of a weight of a fully trained module, such as `model.norm.weight`, or `lm_head.weight`
   * also where the model has none of its own; undefined where the model's own is used.
   */
  readonly weight?: ((name: string, shape: readonly number[]) => Value | undefined) | undefined;
}

export const plainLinear: LinearLayer = (x, { weight, bias }) => linear(x, weight, bias);

/**
 * A module in a model's tree, under the names that transformers gives them. Weights asked for here are
 * those of the checkpoint: `at('self_attn').linear(x, 'q_proj', …)` uses `….self_attn.q_proj.weight`.
 */
export interface Module {
  readonly graph: Graph;
  readonly config: ModelConfig;
  /** Such as `model.layers.0.self_attn`. */
  readonly path: string;
  at(child: string): Module;
  weight(name: string, shape: readonly number[]): Value;
  /** `x [tokens, in]` → `[tokens, out_features]` through the linear module `name`. */
  linear(x: Value, name: string, layer: { out_features: number; bias: boolean }): Value;
  /** `x [..., n]` normalized by the module `name`, which holds the weight. */
  rmsNorm(x: Value, name: string): Value;
}

export interface ModuleOptions {
  /** Builder of linear layers; default: `x weightᵀ + bias`. */
  readonly linear?: LinearLayer | undefined;
  /** Number added to the weight of each norm; default: 0. */
  readonly normOffset?: number | undefined;
}

/** The module at `path`. */
export const moduleAt = (
  graph: Graph,
  config: ModelConfig,
  path: string,
  options: ModuleOptions = {},
): Module => {
  const { linear: linearLayer = plainLinear, normOffset = 0 } = options;
  const under = (name: string) => (path ? `${path}.${name}` : name);
  const weightAt = (name: string, shape: readonly number[]) =>
    linearLayer.weight?.(name, shape) ?? graph.weight(name, [...shape]);
  return {
    graph,
    config,
    path,
    at: child => moduleAt(graph, config, under(child), options),
    weight: (name, shape) => weightAt(under(name), shape),
    linear: (x, name, { out_features, bias }) =>
      graph.scope(under(name), () =>
        linearLayer(x, {
          name: under(name),
          weight: weightAt(`${under(name)}.weight`, [out_features, x.shape[1] as number]),
          bias: bias ? weightAt(`${under(name)}.bias`, [out_features]) : undefined,
        }),
      ),
    rmsNorm: (x, name) =>
      graph.scope(under(name), () => {
        const weight = weightAt(`${under(name)}.weight`, [x.shape.at(-1) as number]);
        return rmsNorm(x, normOffset === 0 ? weight : add(weight, normOffset), { eps: config.rms_norm_eps });
      }),
  };
};
