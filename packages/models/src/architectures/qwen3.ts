import { z } from 'zod';
import {
  completeConfig,
  decoderConfigSchema,
  positions,
  slidingLayerFields,
  slidingLayers,
  width,
} from '../config/model-config.js';
import type { Architecture } from './architecture.js';
import { decoderLayer } from './decoder-layer.js';

/**
 * Qwen3, the dense models: Llama with queries and keys normalized head by head, and heads of a size of their own.
 *
 * @see Yang et al. 2025, section 2; transformers `modeling_qwen3.py`
 */
export const qwen3: Architecture = {
  model_type: 'qwen3',
  config: decoderConfigSchema
    .extend({
      model_type: z.literal('qwen3'),
      num_key_value_heads: width.nullable().default(32),
      // Not hidden_size / num_attention_heads when it is absent.
      head_dim: width.default(128),
      max_position_embeddings: positions.default(32768),
      attention_bias: z.boolean().default(false),
      ...slidingLayerFields,
    })
    .transform((fields, context) => completeConfig({ ...fields, ...slidingLayers(fields) }, context)),
  layer: (m, x, context) =>
    decoderLayer(m, x, context, {
      qkvBias: m.config.attention_bias,
      outputBias: m.config.attention_bias,
      mlpBias: false,
      normalizeHeads: true,
    }),
};
