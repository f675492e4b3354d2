import { add, mul, slice, type Value } from '@charter/tensor';
import { z } from 'zod';
import { completeConfig, decoderConfigSchema, positions } from '../config/model-config.js';
import type { Module } from '../decoder/module.js';
import type { Architecture } from './architecture.js';
import { activations, attend, type LayerContext, splitHeads } from './decoder-layer.js';

/**
 * Phi-3, Phi-3.5-mini and Phi-4: Llama's layer with q, k and v in one product and gate and up in another. Phi-4-mini
 * rotates only the first part of each head. Models for 128k tokens (`longrope`) have two sets of frequencies, one for
 * texts up to the 4k of their first training and one for longer texts.
 *
 * @see Abdin et al. 2024, section 2; transformers `modeling_phi3.py`
 */
export const phi3: Architecture = {
  model_type: 'phi3',
  config: decoderConfigSchema
    .extend({
      model_type: z.literal('phi3'),
      max_position_embeddings: positions.default(4096),
      original_max_position_embeddings: positions.default(4096),
      rms_norm_eps: z.number().positive().default(1e-5),
      sliding_window: z.number().int().positive().nullish(),
      partial_rotary_factor: z.number().positive().max(1).nullish(),
    })
    .transform((fields, context) =>
      completeConfig(
        {
          ...fields,
          partiallyRotary: true,
          layer_types: Array(fields.num_hidden_layers).fill(
            fields.sliding_window ? 'sliding_attention' : 'full_attention',
          ),
        },
        context,
      ),
    ),
  layer: (m, x, context) => {
    const h = add(x, fusedAttention(m.at('self_attn'), m.rmsNorm(x, 'input_layernorm'), context)); // [tokens, hidden]
    return add(h, fusedMlp(m.at('mlp'), m.rmsNorm(h, 'post_attention_layernorm'))); // [tokens, hidden]
  },
};

/** Columns `start` to `end` of `x [tokens, …]`. */
const columns = (x: Value, start: number, end: number): Value => slice(x, { axis: 1, start, end });

/** Grouped-query attention whose queries, keys and values are one product. `x [tokens, hidden]` → the same. */
const fusedAttention = (m: Module, x: Value, context: LayerContext): Value => {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim, hidden_size } = m.config;
  const [qSize, kvSize] = [heads * head_dim, kvHeads * head_dim];
  const qkv = m.linear(x, 'qkv_proj', { out_features: qSize + 2 * kvSize, bias: false }); // [tokens, q + k + v]
  const q = splitHeads(columns(qkv, 0, qSize), heads); // [tokens, heads, head_dim]
  const k = splitHeads(columns(qkv, qSize, qSize + kvSize), kvHeads);
  const v = splitHeads(columns(qkv, qSize + kvSize, qSize + 2 * kvSize), kvHeads);
  const attended = attend(m, { q, k, v }, context); // [tokens, heads * head_dim]
  return m.linear(attended, 'o_proj', { out_features: hidden_size, bias: false });
};

/** `down(act(gate(x)) · up(x))`, gate and up in one product. `x [tokens, hidden]` → the same. */
const fusedMlp = (m: Module, x: Value): Value => {
  const { hidden_size, intermediate_size: size, hidden_act } = m.config;
  const both = m.linear(x, 'gate_up_proj', { out_features: 2 * size, bias: false }); // [tokens, 2 * intermediate]
  const gated = mul(activations[hidden_act](columns(both, 0, size)), columns(both, size, 2 * size));
  return m.linear(gated, 'down_proj', { out_features: hidden_size, bias: false });
};
