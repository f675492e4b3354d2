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
 * Qwen2 and Qwen2.5: Llama with biases on queries, keys and values, and sliding windows in the upper layers if wanted.
 *
 * @see Yang et al. 2024, section 2.2; transformers `modeling_qwen2.py`
 */
export const qwen2: Architecture = {
  model_type: 'qwen2',
  config: decoderConfigSchema
    .extend({
      model_type: z.literal('qwen2'),
      num_key_value_heads: width.nullable().default(32),
      max_position_embeddings: positions.default(32768),
      ...slidingLayerFields,
    })
    .transform((fields, context) => completeConfig({ ...fields, ...slidingLayers(fields) }, context)),
  layer: (m, x, context) =>
    decoderLayer(m, x, context, {
      qkvBias: true,
      outputBias: false,
      mlpBias: false,
      normalizeHeads: false,
    }),
};
