import { z } from 'zod';
import { completeConfig, decoderConfigSchema, positions, width } from '../config/model-config.js';
import type { Architecture } from './architecture.js';
import { decoderLayer } from './decoder-layer.js';

/**
 * Mistral: Llama without biases, with fewer key and value heads and, up to v0.1, a sliding window in every layer.
 *
 * @see Jiang et al. 2023; transformers `modeling_mistral.py`
 */
export const mistral: Architecture = {
  model_type: 'mistral',
  config: decoderConfigSchema
    .extend({
      model_type: z.literal('mistral'),
      num_key_value_heads: width.nullable().default(8),
      max_position_embeddings: positions.default(4096 * 32),
      // Absent means 4096, as in the first release; later ones write null.
      sliding_window: z.number().int().positive().nullable().default(4096),
    })
    .transform((fields, context) =>
      completeConfig(
        {
          ...fields,
          layer_types: Array(fields.num_hidden_layers).fill(
            fields.sliding_window === null ? 'full_attention' : 'sliding_attention',
          ),
        },
        context,
      ),
    ),
  layer: (m, x, context) =>
    decoderLayer(m, x, context, {
      qkvBias: false,
      outputBias: false,
      mlpBias: false,
      normalizeHeads: false,
    }),
};
