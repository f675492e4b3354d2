import { z } from 'zod';

const theta = { rope_theta: z.number().positive() };
const factor = z.number().min(1);

/** How positions become rotation frequencies, in the spelling of transformers 5 (`rope_parameters`). */
export const ropeParametersSchema = z.discriminatedUnion(
  'rope_type',
  [
    z.object({ rope_type: z.literal('default'), ...theta }),
    z.object({ rope_type: z.literal('linear'), ...theta, factor }),
    z.object({
      rope_type: z.literal('llama3'),
      ...theta,
      factor,
      low_freq_factor: z.number().positive(),
      high_freq_factor: z.number().positive(),
      original_max_position_embeddings: z.number().int().positive(),
    }),
  ],
  {
    error: issue => {
      const type = (issue.input as { rope_type?: unknown }).rope_type;
      return `rope_type ${JSON.stringify(type)} is not supported; supported are default, linear and llama3`;
    },
  },
);

export type RopeParameters = z.infer<typeof ropeParametersSchema>;

/** The fields of a `config.json` that rotary embeddings are written in, by transformers 4 and by transformers 5. */
export const ropeFields = {
  rope_theta: z.number().positive().nullish(),
  rope_scaling: z.record(z.string(), z.unknown()).nullish(),
  rope_parameters: z.record(z.string(), z.unknown()).nullish(),
  original_max_position_embeddings: z.number().int().positive().nullish(),
};

interface RopeFields {
  rope_theta?: number | null | undefined;
  rope_scaling?: Record<string, unknown> | null | undefined;
  rope_parameters?: Record<string, unknown> | null | undefined;
  original_max_position_embeddings?: number | null | undefined;
  max_position_embeddings: number;
}

/**
 * Both spellings as one: `rope_theta` and `rope_scaling` (with `type` or `rope_type`) at the top, or all of it in
 * `rope_parameters`. The result is not yet checked.
 *
 * @see transformers `RotaryEmbeddingConfigMixin.convert_rope_params_to_dict`
 */
export const gatherRopeParameters = (config: RopeFields): Record<string, unknown> => {
  const written = config.rope_scaling ?? config.rope_parameters ?? {};
  const { type, rope_type, partial_rotary_factor, ...rest } = written;
  return {
    rope_theta: config.rope_theta ?? 10_000,
    original_max_position_embeddings: config.max_position_embeddings,
    ...rest,
    ...(config.original_max_position_embeddings && {
      original_max_position_embeddings: config.original_max_position_embeddings,
    }),
    rope_type: rope_type ?? type ?? 'default',
  };
};
