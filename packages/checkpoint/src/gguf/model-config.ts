import { CheckpointError } from '../checkpoint-error.js';
import { ropeFrequencies } from './hugging-face-tensors.js';
import type { GgufFile, GgufTensor } from './open-gguf.js';
import { readGgufTensor } from './read-gguf-tensor.js';
import { ropeScaling } from './rope-scaling.js';
import { shortestFloat32 } from './shortest-float32.js';

/** Architectures by their name in GGUF, with what differs between them. */
const architectures = new Map([
  ['llama', { model_type: 'llama', class: 'LlamaForCausalLM', interleavedRotary: true }],
  ['qwen2', { model_type: 'qwen2', class: 'Qwen2ForCausalLM', interleavedRotary: false }],
  ['qwen3', { model_type: 'qwen3', class: 'Qwen3ForCausalLM', interleavedRotary: false }],
]);

/** Facts about the model that a conversion needs, and its config.json. */
export interface ConvertedConfig {
  readonly config: Readonly<Record<string, unknown>>;
  /** Heads in the rows of q and k that are to be put back in order; undefined where they are in order. */
  readonly interleaved: { readonly q_proj: number; readonly k_proj: number } | undefined;
}

/**
 * config.json of a GGUF file's model, in the spelling that transformers 4 and 5 both read.
 *
 * @param tensors by their names in Hugging Face's checkpoints
 * @throws {CheckpointError} when the architecture is another one, or metadata is missing
 */
export const modelConfig = async (
  gguf: GgufFile,
  tensors: ReadonlyMap<string, GgufTensor>,
): Promise<ConvertedConfig> => {
  const { file, metadata } = gguf;
  const name = metadata.required(metadata.string, 'general.architecture');
  const architecture = architectures.get(name);
  if (!architecture) {
    const known = [...architectures.keys()].join(', ');
    throw new CheckpointError(file, `its architecture is "${name}"; ${known} can be converted.`);
  }
  const read = (key: string) => metadata.number(`${name}.${key}`);
  const required = (key: string) => metadata.required(metadata.number, `${name}.${key}`);
  if (read('expert_count')) {
    throw new CheckpointError(file, 'is a mixture of experts; only dense models can be converted.');
  }
  const embeddings = tensors.get('model.embed_tokens.weight');
  if (!embeddings) throw new CheckpointError(file, 'has no token_embd.weight, so it is not a whole model.');

  const hidden_size = required('embedding_length');
  const num_attention_heads = required('attention.head_count');
  const num_key_value_heads = read('attention.head_count_kv') ?? num_attention_heads;
  const head_dim = read('attention.key_length') ?? hidden_size / num_attention_heads;
  const rope_theta = shortestFloat32(read('rope.freq_base') ?? 10_000);
  const rotated = read('rope.dimension_count') ?? head_dim;
  const frequencies = gguf.tensors.get(ropeFrequencies);
  const scaling = ropeScaling(metadata, name, rope_theta, frequencies && (await readGgufTensor(frequencies)));
  // Mistral's files say they are Llama; what makes one a Mistral is its window.
  const sliding_window = (name === 'llama' && read('attention.sliding_window')) || undefined;
  const { model_type, class: className } =
    sliding_window === undefined ? architecture : { model_type: 'mistral', class: 'MistralForCausalLM' };
  const token = (kind: string) => metadata.number(`tokenizer.ggml.${kind}_token_id`) ?? null;

  return {
    config: {
      architectures: [className],
      model_type,
      vocab_size: embeddings.shape[0],
      hidden_size,
      intermediate_size: required('feed_forward_length'),
      num_hidden_layers: required('block_count'),
      num_attention_heads,
      num_key_value_heads,
      head_dim,
      hidden_act: 'silu',
      max_position_embeddings: required('context_length'),
      rms_norm_eps: shortestFloat32(required('attention.layer_norm_rms_epsilon')),
      rope_theta,
      rope_scaling: scaling,
      ...(rotated !== head_dim && { partial_rotary_factor: rotated / head_dim }),
      ...(sliding_window !== undefined && { sliding_window }),
      ...(model_type.startsWith('qwen') && { use_sliding_window: false }),
      ...(model_type === 'llama' && {
        attention_bias: tensors.has('model.layers.0.self_attn.q_proj.bias'),
        mlp_bias: tensors.has('model.layers.0.mlp.gate_proj.bias'),
      }),
      tie_word_embeddings: !tensors.has('lm_head.weight'),
      bos_token_id: token('bos'),
      eos_token_id: token('eos'),
      pad_token_id: token('padding'),
      torch_dtype: 'float32',
    },
    interleaved: architecture.interleavedRotary
      ? { q_proj: num_attention_heads, k_proj: num_key_value_heads }
      : undefined,
  };
};
