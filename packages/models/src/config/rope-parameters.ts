import { z } from 'zod';

const theta = {
  rope_theta: z.number().positive(),
  /** The part of each head that is rotated; absent: all of it. */
  partial_rotary_factor: z.number().positive().max(1).optional(),
};
const factor = z.number().min(1);

/** Rule from positions to rotation frequencies, in the spelling of transformers 5 (`rope_parameters`). */
export const ropeParametersSchema = z.discriminatedUnion(
  'rope_type',
  [
    z.object({ rope_type: z.literal('default'), ...theta }),
    z.object({ rope_type: z.literal('linear'), ...theta, factor }),
    z.object({
      rope_type: z.literal('dynamic'),
      ...theta,
      factor,
      /** Frequencies are the plain ones up to this length; always `max_position_embeddings`. */
      original_max_position_embeddings: z.number().int().positive(),
    }),
    z.object({
      rope_type: z.literal('llama3'),
      ...theta,
      factor,
      low_freq_factor: z.number().positive(),
      high_freq_factor: z.number().positive(),
      original_max_position_embeddings: z.number().int().positive(),
    }),
    z.object({
      rope_type: z.literal('yarn'),
      ...theta,
      factor,
      /** Context of the model before it was extended. */
      original_max_position_embeddings: z.number().int().positive(),
      /** Rotations within the original context above which a frequency stays as it is. */
      beta_fast: z.number().positive(),
      /** Rotations within the original context below which a frequency is divided by `factor`. */
      beta_slow: z.number().positive(),
      /** Rounds the two bounds to whole frequencies. */
      truncate: z.boolean(),
      /** Factor of cosines and sines. */
      attention_factor: z.number().positive(),
    }),
    z.object({
      rope_type: z.literal('longrope'),
      ...theta,
      /** Divisor of each frequency in texts up to `original_max_position_embeddings`. */
      short_factor: z.array(z.number().positive()),
      /** The same in longer ones. */
      long_factor: z.array(z.number().positive()),
      original_max_position_embeddings: z.number().int().positive(),
      /** Factor of cosines and sines. */
      attention_factor: z.number().positive(),
    }),
  ],
  {
    error: issue => {
      const type = (issue.input as { rope_type?: unknown }).rope_type;
      return `rope_type ${JSON.stringify(type)} is not supported; supported are default, linear, dynamic, llama3, yarn and longrope`;
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
  partial_rotary_factor: z.number().positive().max(1).nullish(),
};

interface RopeFields {
  rope_theta?: number | null | undefined;
  rope_scaling?: Record<string, unknown> | null | undefined;
  rope_parameters?: Record<string, unknown> | null | undefined;
  original_max_position_embeddings?: number | null | undefined;
  partial_rotary_factor?: number | null | undefined;
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
  const { type, rope_type, partial_rotary_factor = config.partial_rotary_factor, ...rest } = written;
  const gathered = {
    rope_theta: config.rope_theta ?? 10_000,
    original_max_position_embeddings: config.max_position_embeddings,
    ...rest,
    ...(config.original_max_position_embeddings && {
      original_max_position_embeddings: config.original_max_position_embeddings,
    }),
    ...((partial_rotary_factor ?? 1) !== 1 && { partial_rotary_factor }),
  };
  const name = rope_type ?? type ?? 'default';
  if (name === 'dynamic') gathered.original_max_position_embeddings = config.max_position_embeddings;
  if (name === 'yarn' && !isLongRope(name, rest)) return yarnParameters(config, gathered);
  if (!isLongRope(name, rest)) return { ...gathered, rope_type: name };
  return { attention_factor: attentionFactor(config, gathered), ...gathered, rope_type: 'longrope' };
};

/** @see Peng et al. 2023, section 3.4; transformers `_compute_yarn_parameters` */
const yarnParameters = (
  { max_position_embeddings }: RopeFields,
  gathered: { readonly original_max_position_embeddings: number } & Record<string, unknown>,
): Record<string, unknown> => {
  const original = gathered.original_max_position_embeddings;
  const factor = gathered.factor ?? max_position_embeddings / original;
  const { mscale, mscale_all_dim } = gathered;
  const scaled = (by: number) => (Number(factor) <= 1 ? 1 : 0.1 * by * Math.log(Number(factor)) + 1);
  const attention =
    mscale && mscale_all_dim ? scaled(Number(mscale)) / scaled(Number(mscale_all_dim)) : scaled(1);
  return {
    ...gathered,
    factor,
    beta_fast: gathered.beta_fast || 32,
    beta_slow: gathered.beta_slow || 1,
    truncate: gathered.truncate ?? true,
    attention_factor: gathered.attention_factor ?? attention,
    rope_type: 'yarn',
  };
};

/** Phi-3's files also call it "su" and "yarn"; a real yarn has no list of factors. */
const isLongRope = (name: unknown, { short_factor }: Record<string, unknown>): boolean =>
  name === 'longrope' || name === 'su' || (name === 'yarn' && short_factor !== undefined);

/** @see Ding et al. 2024, equation 4; transformers `_compute_longrope_parameters` */
const attentionFactor = (
  { max_position_embeddings }: RopeFields,
  gathered: { readonly original_max_position_embeddings: number } & Record<string, unknown>,
): number => {
  const original = gathered.original_max_position_embeddings;
  const factor = Number(gathered.factor ?? max_position_embeddings / original);
  return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
};
