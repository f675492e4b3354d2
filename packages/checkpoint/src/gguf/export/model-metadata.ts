import { z } from 'zod';
import { CheckpointError } from '../../checkpoint-error.js';
import { type GgufArchitecture, ggufArchitectures } from '../architectures.js';
import { largestGemma } from '../model-config.js';
import { type GgufFileType, ggufFileTypes } from './tensor-type.js';
import type { GgufValue } from './write-gguf.js';

const count = z.number().int().positive();
const rope = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().optional(),
  factor: z.number().optional(),
  low_freq_factor: z.number().optional(),
  high_freq_factor: z.number().optional(),
  original_max_position_embeddings: z.number().optional(),
});

/** Fields of config.json that llama.cpp has to know. */
const configSchema = z.looseObject({
  model_type: z.string(),
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  max_position_embeddings: count,
  rms_norm_eps: z.number(),
  rope_theta: z.number().nullish(),
  rope_scaling: rope.nullish(),
  rope_parameters: z.union([z.object({ full_attention: rope, sliding_attention: rope }), rope]).nullish(),
  partial_rotary_factor: z.number().nullish(),
  rope_local_base_freq: z.number().nullish(),
  sliding_window: count.nullish(),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).nullish(),
  sliding_window_pattern: count.nullish(),
  query_pre_attn_scalar: z.number().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
});

export interface ModelMetadata {
  readonly architecture: GgufArchitecture;
  readonly layers: number;
  readonly vocabSize: number;
  readonly headDim: number;
  /** Heads in the rows of q and of k. */
  readonly heads: { readonly q_proj: number; readonly k_proj: number };
  readonly metadata: Map<string, GgufValue>;
  /** Divisors of the rotary frequencies (`rope_freqs.weight`), where llama.cpp wants them. */
  readonly divisors: Float32Array | undefined;
}

/**
 * A config.json as GGUF's metadata.
 *
 * @param where the file's name, for messages
 * @throws {CheckpointError} when llama.cpp does not know the architecture, or computes a thing differently
 */
export const modelMetadata = (config: unknown, where: string): ModelMetadata => {
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) throw new CheckpointError(where, z.prettifyError(parsed.error));
  const fields = parsed.data;
  const fail = (problem: string) => new CheckpointError(where, `${problem}; this cannot be said in GGUF.`);
  const architecture = ggufArchitectures.get(fields.model_type);
  if (!architecture) {
    throw new CheckpointError(
      where,
      `model_type is "${fields.model_type}"; ${[...ggufArchitectures.keys()].join(', ')} can be written as GGUF.`,
    );
  }
  const { name } = architecture;
  const isGemma = name === 'gemma3';
  const { num_hidden_layers: layers, num_attention_heads, hidden_size } = fields;
  const kvHeads = fields.num_key_value_heads ?? (isGemma ? 4 : num_attention_heads);
  const defaultHead = { gemma3: 256, qwen3: 128 }[name] ?? hidden_size / num_attention_heads;
  const headDim = fields.head_dim ?? defaultHead;
  const nested = fields.rope_parameters as
    | { full_attention?: unknown; sliding_attention?: unknown }
    | undefined;
  const rotary = rope.parse(nested?.full_attention ?? fields.rope_parameters ?? fields.rope_scaling ?? {});
  const theta = rotary.rope_theta ?? fields.rope_theta ?? (isGemma ? 1_000_000 : 10_000);
  if (fields.partial_rotary_factor && fields.partial_rotary_factor !== 1)
    throw fail('a part of each head is rotated');
  if (fields.use_sliding_window) throw fail('use_sliding_window is true');

  const metadata = new Map<string, GgufValue>([
    ['general.architecture', name],
    ['general.type', 'model'],
    ['general.quantization_version', { uint32: 2 }],
    [`${name}.vocab_size`, { uint32: fields.vocab_size }],
    [`${name}.block_count`, { uint32: layers }],
    [`${name}.context_length`, { uint32: fields.max_position_embeddings }],
    [`${name}.embedding_length`, { uint32: hidden_size }],
    [`${name}.feed_forward_length`, { uint32: fields.intermediate_size }],
    [`${name}.attention.head_count`, { uint32: num_attention_heads }],
    [`${name}.attention.head_count_kv`, { uint32: kvHeads }],
    [`${name}.attention.key_length`, { uint32: headDim }],
    [`${name}.attention.value_length`, { uint32: headDim }],
    [`${name}.attention.layer_norm_rms_epsilon`, { float32: fields.rms_norm_eps }],
    [`${name}.rope.dimension_count`, { uint32: headDim }],
    [`${name}.rope.freq_base`, { float32: theta }],
  ]);
  // llama.cpp gives Llama no window: up to the window's length that makes no difference.
  if (fields.model_type === 'mistral' && fields.sliding_window) {
    const context = Math.min(fields.sliding_window, fields.max_position_embeddings);
    metadata
      .set(`${name}.attention.sliding_window`, { uint32: fields.sliding_window })
      .set(`${name}.context_length`, { uint32: context });
  }
  if (isGemma) {
    const sliding = rope.parse(nested?.sliding_attention ?? {});
    const pattern = slidingPattern(fields);
    const scalar = fields.query_pre_attn_scalar ?? 256;
    const assumed = layers === largestGemma ? hidden_size / num_attention_heads : headDim;
    if (pattern === undefined) throw fail('layer_types do not repeat evenly');
    if (scalar !== assumed)
      throw fail(`query_pre_attn_scalar is ${scalar}, for which llama.cpp takes ${assumed}`);
    metadata
      .set(`${name}.attention.sliding_window`, { uint32: fields.sliding_window ?? 4096 })
      .set(`${name}.attention.sliding_window_pattern`, { uint32: pattern })
      .set(`${name}.rope.freq_base_swa`, {
        float32: sliding.rope_theta ?? fields.rope_local_base_freq ?? 10_000,
      });
  }
  const facts = { architecture, layers, headDim, metadata, vocabSize: fields.vocab_size };
  const divisors = ropeScaling(rotary, theta, facts, fields.max_position_embeddings, fail);
  return { ...facts, heads: { q_proj: num_attention_heads, k_proj: kvHeads }, divisors };
};

/** Every how many layers one sees the whole text, where that is a rule. */
const slidingPattern = (fields: z.infer<typeof configSchema>): number | undefined => {
  const types = fields.layer_types;
  if (!types) return fields.sliding_window_pattern ?? 6;
  const first = types.indexOf('full_attention');
  const pattern = first < 0 ? Math.max(6, types.length + 1) : first + 1;
  const follows = types.every((type, i) => (type === 'full_attention') === ((i + 1) % pattern === 0));
  return follows ? pattern : undefined;
};

const ropeScaling = (
  rotary: z.infer<typeof rope>,
  theta: number,
  { architecture: { name }, headDim, metadata }: Pick<ModelMetadata, 'architecture' | 'headDim' | 'metadata'>,
  context: number,
  fail: (problem: string) => CheckpointError,
): Float32Array | undefined => {
  const type = rotary.rope_type ?? rotary.type ?? 'default';
  const { factor = 1, original_max_position_embeddings: original } = rotary;
  if (type === 'default') return undefined;
  if (type === 'linear' || type === 'yarn') {
    metadata.set(`${name}.rope.scaling.type`, type).set(`${name}.rope.scaling.factor`, { float32: factor });
    if (type === 'yarn')
      metadata.set(`${name}.rope.scaling.original_context_length`, { uint32: original ?? context });
    return undefined;
  }
  if (type !== 'llama3') throw fail(`rope_type is "${type}"`);
  const { low_freq_factor: low = 1, high_freq_factor: high = 4 } = rotary;
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const turns = (original ?? 8192) / (2 * Math.PI * theta ** ((2 * i) / headDim));
    const smooth = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return 1 / ((1 - smooth) / factor + smooth);
  });
};

/** `general.file_type` of a file of this type. */
export const fileType = (type: GgufFileType): GgufValue => ({ uint32: ggufFileTypes[type] });
