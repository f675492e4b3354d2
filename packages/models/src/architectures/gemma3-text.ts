import { add, type Value } from '@charter/tensor';
import { z } from 'zod';
import { completeConfig, decoderConfigSchema, layerType, positions, width } from '../config/model-config.js';
import type { Module } from '../decoder/module.js';
import type { Architecture } from './architecture.js';
import { gatedMlp, type LayerContext, selfAttention } from './decoder-layer.js';

const refused = (meaning: string) => z.null({ error: `${meaning} is not supported` }).optional();

/** Rotary parameters of one kind of layer, as transformers 5 nests them. */
const nested = z.looseObject({ rope_theta: z.number().positive().nullish() }).nullish();

/**
 * Gemma 3, text only: norms before and after each part of a layer, weights of norms stored as their difference from 1,
 * embeddings times the root of their size, and most layers with a sliding window and rotary frequencies of their own.
 *
 * @see Gemma Team 2025, section 2; transformers `modeling_gemma3.py`
 */
export const gemma3Text: Architecture = {
  model_type: 'gemma3_text',
  config: decoderConfigSchema
    .extend({
      model_type: z.literal('gemma3_text'),
      num_key_value_heads: width.nullable().default(4),
      head_dim: width.default(256),
      hidden_act: z.literal('gelu_pytorch_tanh').optional(),
      hidden_activation: z
        .literal('gelu_pytorch_tanh', { error: 'only "gelu_pytorch_tanh" is supported' })
        .default('gelu_pytorch_tanh'),
      max_position_embeddings: positions.default(131072),
      tie_word_embeddings: z.boolean().default(true),
      attention_bias: z.boolean().default(false),
      query_pre_attn_scalar: z.number().positive().default(256),
      sliding_window: z.number().int().positive().nullable().default(4096),
      sliding_window_pattern: z.number().int().positive().default(6),
      layer_types: z.array(layerType).nullish(),
      rope_local_base_freq: z.number().positive().nullish(),
      final_logit_softcapping: refused('a cap on logits'),
      attn_logit_softcapping: refused('a cap on attention scores'),
      use_bidirectional_attention: z
        .literal(false, { error: 'attention to later tokens is not supported' })
        .nullish(),
    })
    .transform((fields, context) => {
      const { full_attention, sliding_attention, ...flat } = fields.rope_parameters ?? {};
      const section = (name: string, value: unknown) => {
        const { data, error } = nested.safeParse(value);
        for (const { path, message } of error?.issues ?? [])
          context.addIssue({
            code: 'custom',
            path: [['rope_parameters', name, ...path].join('.')],
            message,
            input: fields,
          });
        return data;
      };
      const byLayer = section('sliding_attention', sliding_attention);
      if (byLayer && (byLayer.rope_type ?? 'default') !== 'default')
        context.addIssue({
          code: 'custom',
          path: ['rope_parameters.sliding_attention.rope_type'],
          message: 'only "default" is supported for layers with a sliding window',
          input: fields,
        });
      const rope = section('full_attention', full_attention) ?? flat;
      return completeConfig(
        {
          ...fields,
          hidden_act: fields.hidden_activation,
          rope_theta: fields.rope_theta ?? 1_000_000,
          rope_parameters: rope,
          rope_local_base_freq: byLayer?.rope_theta ?? fields.rope_local_base_freq ?? 10_000,
          layer_types:
            fields.layer_types ??
            Array.from({ length: fields.num_hidden_layers }, (_, i) =>
              (i + 1) % fields.sliding_window_pattern ? 'sliding_attention' : 'full_attention',
            ),
        },
        context,
      );
    }),
  normOffset: 1,
  embeddingScale: ({ hidden_size }) => Math.fround(Math.sqrt(hidden_size)),
  layer: (m, x, context) => gemmaLayer(m, x, context),
};

/** Attention and feed-forward, each with a norm before and a norm after. `x [tokens, hidden]` → the same. */
const gemmaLayer = (m: Module, x: Value, context: LayerContext): Value => {
  const { attention_bias: bias } = m.config;
  const traits = { qkvBias: bias, outputBias: bias, mlpBias: false, normalizeHeads: true };
  const attended = selfAttention(m.at('self_attn'), m.rmsNorm(x, 'input_layernorm'), context, traits);
  const h = add(x, m.rmsNorm(attended, 'post_attention_layernorm')); // [tokens, hidden]
  const fed = gatedMlp(m.at('mlp'), m.rmsNorm(h, 'pre_feedforward_layernorm'), traits); // [tokens, hidden]
  return add(h, m.rmsNorm(fed, 'post_feedforward_layernorm')); // [tokens, hidden]
};
