import { z } from 'zod';
import { completeConfig, decoderConfigSchema } from '../config/model-config.js';
import type { Architecture } from './architecture.js';
import { decoderLayer } from './decoder-layer.js';

/**
 * Llama 1 to 3.3 and what shares its layout, such as SmolLM2.
 *
 * @see Touvron et al. 2023, section 2.2; transformers `modeling_llama.py`
 */
export const llama: Architecture = {
  model_type: 'llama',
  config: decoderConfigSchema
    .extend({
      model_type: z.literal('llama'),
      attention_bias: z.boolean().default(false),
      mlp_bias: z.boolean().default(false),
    })
    .transform(completeConfig),
  layer: (m, x, context) =>
    decoderLayer(m, x, context, {
      qkvBias: m.config.attention_bias,
      outputBias: m.config.attention_bias,
      mlpBias: m.config.mlp_bias,
      normalizeHeads: false,
    }),
};
