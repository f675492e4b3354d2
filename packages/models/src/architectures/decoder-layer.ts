import { add, mul, reshape, silu, type Value } from '@charter/tensor';
import type { Attention } from '../attention/attention.js';
import type { TokenLayout } from '../attention/token-layout.js';
import { type ModelConfig, slidingWindowOf } from '../config/model-config.js';
import type { Module } from '../decoder/module.js';
import { type Rotation, rotate } from '../rope/rope.js';
import { geluTanh } from './gelu-tanh.js';

/** Inputs of every layer besides the activations. */
export interface LayerContext {
  /** Number of the layer, from 0. */
  readonly index: number;
  readonly layout: TokenLayout;
  readonly rotation: Rotation;
  readonly attention: Attention;
}

/** Differences between the architectures that share Llama's layer. */
export interface LayerTraits {
  /** Biases of q_proj, k_proj and v_proj. */
  readonly qkvBias: boolean;
  /** Bias of o_proj. */
  readonly outputBias: boolean;
  /** Biases of gate_proj, up_proj and down_proj. */
  readonly mlpBias: boolean;
  /** True when each head's queries and keys are normalized before they are rotated (q_norm, k_norm). */
  readonly normalizeHeads: boolean;
}

/** Activations by their names in `hidden_act`. */
export const activations: Readonly<Record<ModelConfig['hidden_act'], (x: Value) => Value>> = {
  silu,
  gelu_pytorch_tanh: geluTanh,
};

/** One layer: attention and feed-forward, each on the normalized residual stream. `x [tokens, hidden]` → the same. */
export const decoderLayer = (m: Module, x: Value, context: LayerContext, traits: LayerTraits): Value => {
  const h = add(x, selfAttention(m.at('self_attn'), m.rmsNorm(x, 'input_layernorm'), context, traits)); // [tokens, hidden]
  return add(h, gatedMlp(m.at('mlp'), m.rmsNorm(h, 'post_attention_layernorm'), traits)); // [tokens, hidden]
};

/** Grouped-query attention with rotary positions. `x [tokens, hidden]` → the same. */
export const selfAttention = (m: Module, x: Value, context: LayerContext, traits: LayerTraits): Value => {
  const { num_attention_heads, num_key_value_heads, head_dim } = m.config;
  const project = (name: string, heads: number) =>
    splitHeads(m.linear(x, name, { out_features: heads * head_dim, bias: traits.qkvBias }), heads); // [tokens, heads, head_dim]
  const normalize = (y: Value, name: string) => (traits.normalizeHeads ? m.rmsNorm(y, name) : y);

  const q = normalize(project('q_proj', num_attention_heads), 'q_norm');
  const k = normalize(project('k_proj', num_key_value_heads), 'k_norm');
  const v = project('v_proj', num_key_value_heads);
  const attended = attend(m, { q, k, v }, context); // [tokens, heads * head_dim]
  return m.linear(attended, 'o_proj', { out_features: m.config.hidden_size, bias: traits.outputBias });
};

/** `[tokens, heads * head_dim]` → `[tokens, heads, head_dim]` */
export const splitHeads = (x: Value, heads: number): Value =>
  reshape(x, { shape: [x.shape[0]!, heads, (x.shape[1] as number) / heads] });

/**
 * Rotates queries and keys, and lets tokens see each other.
 *
 * @param heads each `[tokens, heads, head_dim]`
 * @returns `[tokens, heads * head_dim]`
 */
export const attend = (
  m: Module,
  { q, k, v }: { readonly q: Value; readonly k: Value; readonly v: Value },
  { index, layout, rotation, attention }: LayerContext,
): Value =>
  m.graph.scope(m.path, () =>
    layout.join(
      attention(layout.queries(rotate(q, rotation)), layout.keys(rotate(k, rotation)), layout.keys(v), {
        index,
        sliding_window: slidingWindowOf(m.config, index),
        scale: m.config.query_pre_attn_scalar ** -0.5,
      }),
    ),
  );

/** `down(act(gate(x)) · up(x))`. `x [tokens, hidden]` → the same. */
export const gatedMlp = (m: Module, x: Value, { mlpBias: bias }: Pick<LayerTraits, 'mlpBias'>): Value => {
  const { hidden_size, intermediate_size } = m.config;
  const gate = m.linear(x, 'gate_proj', { out_features: intermediate_size, bias }); // [tokens, intermediate]
  const up = m.linear(x, 'up_proj', { out_features: intermediate_size, bias }); // [tokens, intermediate]
  return m.linear(mul(activations[m.config.hidden_act](gate), up), 'down_proj', {
    out_features: hidden_size,
    bias,
  });
};
