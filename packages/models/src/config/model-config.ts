import { z } from 'zod';
import {
  gatherRopeParameters,
  type RopeParameters,
  ropeFields,
  ropeParametersSchema,
} from './rope-parameters.js';

/**
 * A size from 1 up to a bound that guards against damaged files: their numbers decide how much memory and time the
 * graph of a model takes before any weight is looked at.
 */
const sizeUpTo = (most: number) => z.number().int().positive().max(most);
/** Widths and heads; the widest models are below 100,000. */
export const width = sizeUpTo(2 ** 20);
/** Positions; the longest models take some 10 million. */
export const positions = sizeUpTo(2 ** 28);

/** Fields of every architecture's `config.json`; each architecture's file extends it with fields and defaults. */
export const decoderConfigSchema = z.object({
  /** The largest vocabularies have some 260,000 tokens. */
  vocab_size: sizeUpTo(2 ** 22),
  hidden_size: width,
  intermediate_size: width,
  /** The deepest models have some 130. */
  num_hidden_layers: sizeUpTo(1000),
  num_attention_heads: width,
  num_key_value_heads: width.nullish(),
  head_dim: width.nullish(),
  hidden_act: z.literal('silu', { error: 'only "silu" is supported' }).default('silu'),
  max_position_embeddings: positions.default(2048),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  quantization_config: z
    .null({ error: 'the weights are quantized; use the unquantized model, or a GGUF file of it' })
    .optional(),
  ...ropeFields,
});

type DecoderFields = Omit<z.infer<typeof decoderConfigSchema>, 'hidden_act'>;

export const layerType = z.enum(['full_attention', 'sliding_attention']);

/** The fields of Qwen's `config.json` that say which layers see only the last `sliding_window` positions. */
export const slidingLayerFields = {
  use_sliding_window: z.boolean().default(false),
  sliding_window: z.number().int().positive().nullish().default(4096),
  max_window_layers: z.number().int().nonnegative().default(28),
  layer_types: z.array(layerType).nullish(),
};

/** A model as `config.json` describes it, with every default filled in and one spelling for each thing. */
export interface ModelConfig {
  readonly model_type: string;
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  /** Size of one head; not always `hidden_size / num_attention_heads`. */
  readonly head_dim: number;
  /** Activation of the gated feed-forward part. */
  readonly hidden_act: 'silu' | 'gelu_pytorch_tanh';
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  /** True when the vocabulary projection is the embedding table. */
  readonly tie_word_embeddings: boolean;
  readonly rope_parameters: RopeParameters;
  /** The base of the rotary frequencies in layers with a sliding window, where it is one of their own. */
  readonly rope_local_base_freq: number | null;
  /** Up to where a model with `longrope` is what it was before its context was extended. */
  readonly original_max_position_embeddings?: number | undefined;
  /** Attention scores are divided by the root of it; `head_dim` but in Gemma. */
  readonly query_pre_attn_scalar: number;
  /** Biases of the attention's projections, where the architecture lets the configuration choose. */
  readonly attention_bias: boolean;
  /** Biases of the feed-forward projections, where the architecture lets the configuration choose. */
  readonly mlp_bias: boolean;
  /** True when there is a `sliding_window`; Qwen's files name one that they do not use. */
  readonly use_sliding_window: boolean;
  /** Number of positions, itself included, that a token attends to in the `sliding_attention` layers. */
  readonly sliding_window: number | null;
  /** One for each layer. */
  readonly layer_types: readonly z.infer<typeof layerType>[];
}

/** The window of a layer, or undefined where a token sees everything before it. */
export const slidingWindowOf = (config: ModelConfig, layer: number): number | undefined =>
  config.layer_types[layer] === 'sliding_attention' ? (config.sliding_window ?? undefined) : undefined;

/** Rotary parameters of a layer. */
export const ropeParametersOf = (config: ModelConfig, layer: number): RopeParameters =>
  config.rope_local_base_freq !== null && config.layer_types[layer] === 'sliding_attention'
    ? { rope_type: 'default', rope_theta: config.rope_local_base_freq }
    : config.rope_parameters;

type Chosen =
  | 'attention_bias'
  | 'hidden_act'
  | 'layer_types'
  | 'mlp_bias'
  | 'query_pre_attn_scalar'
  | 'rope_local_base_freq'
  | 'sliding_window';

/**
 * Fills in what follows from other fields. An architecture's schema ends in this.
 *
 * @throws {z.ZodError} when heads, layers or rope fields do not fit each other
 */
export const completeConfig = (
  fields: DecoderFields &
    Pick<ModelConfig, 'model_type'> & { [field in Chosen]?: ModelConfig[field] | undefined } & {
      /** True when the architecture may rotate a part of each head only. */
      partiallyRotary?: boolean;
    },
  context: z.core.$RefinementCtx,
): ModelConfig => {
  const fail = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message, input: fields });
  const { num_attention_heads, num_hidden_layers, hidden_size } = fields;
  const num_key_value_heads = fields.num_key_value_heads ?? num_attention_heads;
  const head_dim = fields.head_dim ?? hidden_size / num_attention_heads;
  const layer_types = fields.layer_types ?? Array<'full_attention'>(num_hidden_layers).fill('full_attention');
  if (num_attention_heads % num_key_value_heads)
    fail('num_key_value_heads', `${num_key_value_heads} does not divide the ${num_attention_heads} heads`);
  if (head_dim % 2) fail('head_dim', `${head_dim} is not an even number`);
  if (layer_types.length !== num_hidden_layers)
    fail('layer_types', `there are ${layer_types.length} for ${num_hidden_layers} layers`);
  const rope = ropeParametersSchema.safeParse(gatherRopeParameters(fields));
  for (const issue of rope.error?.issues ?? [])
    fail(['rope_parameters', ...issue.path].join('.'), issue.message);
  const rope_parameters = rope.data ?? { rope_type: 'default', rope_theta: 10_000 };
  const { partial_rotary_factor: partial = 1 } = rope_parameters;
  if (partial !== 1 && !fields.partiallyRotary)
    fail('rope_parameters.partial_rotary_factor', `${partial} is not supported`);
  const rotated = Math.floor(head_dim * partial);
  if (rotated % 2) fail('rope_parameters.partial_rotary_factor', `${rotated} is not an even number`);
  if (rope_parameters.rope_type === 'longrope')
    for (const field of ['short_factor', 'long_factor'] as const) {
      const factors = rope_parameters[field].length;
      if (factors !== rotated / 2)
        fail(`rope_parameters.${field}`, `there are ${factors} factors for ${rotated / 2} frequencies`);
    }
  return {
    model_type: fields.model_type,
    vocab_size: fields.vocab_size,
    hidden_size,
    intermediate_size: fields.intermediate_size,
    num_hidden_layers,
    num_attention_heads,
    num_key_value_heads,
    head_dim,
    hidden_act: fields.hidden_act ?? 'silu',
    max_position_embeddings: fields.max_position_embeddings,
    rms_norm_eps: fields.rms_norm_eps,
    tie_word_embeddings: fields.tie_word_embeddings,
    rope_parameters,
    rope_local_base_freq: fields.rope_local_base_freq ?? null,
    ...(fields.original_max_position_embeddings && {
      original_max_position_embeddings: fields.original_max_position_embeddings,
    }),
    query_pre_attn_scalar: fields.query_pre_attn_scalar ?? head_dim,
    attention_bias: fields.attention_bias ?? false,
    mlp_bias: fields.mlp_bias ?? false,
    use_sliding_window: typeof fields.sliding_window === 'number',
    sliding_window: fields.sliding_window ?? null,
    layer_types,
  };
};

/** Which layers slide, by the rule of Qwen: those from `max_window_layers` on, when `use_sliding_window`. */
export const slidingLayers = (fields: {
  num_hidden_layers: number;
  use_sliding_window: boolean;
  sliding_window?: number | null | undefined;
  max_window_layers: number;
  layer_types?: ModelConfig['layer_types'] | null | undefined;
}): Pick<ModelConfig, 'sliding_window' | 'layer_types'> => {
  const sliding_window = fields.use_sliding_window ? (fields.sliding_window ?? null) : null;
  const layer_types =
    fields.layer_types ??
    Array.from({ length: fields.num_hidden_layers }, (_, i) =>
      sliding_window !== null && i >= fields.max_window_layers ? 'sliding_attention' : 'full_attention',
    );
  return { sliding_window, layer_types };
};
