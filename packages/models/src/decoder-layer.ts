import { add, type Dim, mul, mulDims, reshape, rotary, silu, transpose, type Value } from '@charter/tensor';
import type { Attention } from './attention.js';
import { slidingWindowOf } from './model-config.js';
import type { Module } from './module.js';
import type { Rotation } from './rope.js';

/** What every layer gets besides the activations. */
export interface LayerContext {
  /** Number of the layer, from 0. */
  readonly index: number;
  readonly rows: Dim;
  readonly time: Dim;
  readonly rotation: Rotation;
  readonly attention: Attention;
}

/** What differs between the architectures that are Llama's layer otherwise. */
export interface LayerTraits {
  /** Biases of q_proj, k_proj and v_proj. */
  readonly qkvBias: boolean;
  /** Bias of o_proj. */
  readonly outputBias: boolean;
  /** Biases of gate_proj, up_proj and down_proj. */
  readonly mlpBias: boolean;
  /** Whether each head's queries and keys are normalized before they are rotated (q_norm, k_norm). */
  readonly normalizeHeads: boolean;
}

/** One layer: attention and feed-forward, each on the normalized residual stream. `x [tokens, hidden]` → the same. */
export const decoderLayer = (m: Module, x: Value, context: LayerContext, traits: LayerTraits): Value => {
  const h = add(x, selfAttention(m.at('self_attn'), m.rmsNorm(x, 'input_layernorm'), context, traits)); // [tokens, hidden]
  return add(h, gatedMlp(m.at('mlp'), m.rmsNorm(h, 'post_attention_layernorm'), traits)); // [tokens, hidden]
};

/** Grouped-query attention with rotary positions. `x [tokens, hidden]` → the same. */
const selfAttention = (m: Module, x: Value, context: LayerContext, traits: LayerTraits): Value => {
  const { num_attention_heads, num_key_value_heads, head_dim } = m.config;
  const { rows, time, rotation } = context;
  const project = (name: string, heads: number) => {
    const y = m.linear(x, name, { out_features: heads * head_dim, bias: traits.qkvBias }); // [tokens, heads * head_dim]
    return reshape(y, { shape: [rows, time, heads, head_dim] });
  };
  const normalize = (y: Value, name: string) => (traits.normalizeHeads ? m.rmsNorm(y, name) : y);
  const headsFirst = (y: Value) => transpose(y, { perm: [0, 2, 1, 3] }); // [rows, heads, time, head_dim]
  const rotate = (y: Value) => rotary(y, rotation.cos, rotation.sin);

  const q = rotate(headsFirst(normalize(project('q_proj', num_attention_heads), 'q_norm')));
  const k = rotate(headsFirst(normalize(project('k_proj', num_key_value_heads), 'k_norm')));
  const v = headsFirst(project('v_proj', num_key_value_heads));
  const attended = m.graph.scope(m.path, () =>
    context.attention(q, k, v, {
      index: context.index,
      sliding_window: slidingWindowOf(m.config, context.index),
      scale: head_dim ** -0.5,
    }),
  ); // [rows, heads, time, head_dim]
  const joined = reshape(headsFirst(attended), {
    shape: [mulDims(rows, time), num_attention_heads * head_dim],
  }); // [tokens, heads * head_dim]
  return m.linear(joined, 'o_proj', { out_features: m.config.hidden_size, bias: traits.outputBias });
};

/** `down(silu(gate(x)) · up(x))`. `x [tokens, hidden]` → the same. */
const gatedMlp = (m: Module, x: Value, { mlpBias: bias }: LayerTraits): Value => {
  const { hidden_size, intermediate_size } = m.config;
  const gate = m.linear(x, 'gate_proj', { out_features: intermediate_size, bias }); // [tokens, intermediate]
  const up = m.linear(x, 'up_proj', { out_features: intermediate_size, bias }); // [tokens, intermediate]
  return m.linear(mul(silu(gate), up), 'down_proj', { out_features: hidden_size, bias });
};
