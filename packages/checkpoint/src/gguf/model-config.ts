import { CheckpointError } from '../checkpoint-error.js';
import { type GgufArchitecture, ggufArchitectures } from './architectures.js';
import { huggingFaceTensors, ropeFrequencies } from './hugging-face-tensors.js';
import type { GgufFile, GgufTensor } from './open-gguf.js';
import { readGgufTensor } from './read-gguf-tensor.js';
import { ropeScaling } from './rope-scaling.js';
import { shortestFloat32 } from './shortest-float32.js';

/** Layers of Gemma 3 27B. */
export const largestGemma = 62;

/** Facts about the model that a conversion needs, and its config.json. */
export interface ConvertedConfig {
  readonly architecture: GgufArchitecture;
  /** By their names in Hugging Face's checkpoints. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  readonly config: Readonly<Record<string, unknown>>;
  /** Heads in the rows of q and k that are to be put back in order; undefined where they are in order. */
  readonly interleaved: { readonly q_proj: number; readonly k_proj: number } | undefined;
}

/**
 * config.json of a GGUF file's model, in the spelling that transformers 4 and 5 both read.
 *
 * @throws {CheckpointError} when the architecture is another one, or metadata is missing
 */
export const modelConfig = async (gguf: GgufFile): Promise<ConvertedConfig> => {
  const { file, metadata } = gguf;
  const name = metadata.required(metadata.string, 'general.architecture');
  // Mistral's files say they are Llama; what makes one a Mistral is its window.
  const isMistral = name === 'llama' && metadata.number('llama.attention.sliding_window');
  const found = [...ggufArchitectures].find(
    ([type, row]) => row.name === name && (type === 'mistral') === !!isMistral,
  );
  if (!found) {
    const known = [...new Set([...ggufArchitectures.values()].map(row => row.name))].join(', ');
    throw new CheckpointError(file, `its architecture is "${name}"; ${known} can be converted.`);
  }
  const [model_type, architecture] = found;
  const tensors = huggingFaceTensors(gguf, architecture);
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
  const sliding_window = isMistral || (name === 'gemma3' && read('attention.sliding_window')) || undefined;
  // llama.cpp scales Gemma 3's scores by the size of a head, but in the largest by that of the embeddings' share of one.
  const gemma = {
    hidden_activation: 'gelu_pytorch_tanh',
    query_pre_attn_scalar:
      required('block_count') === largestGemma ? hidden_size / num_attention_heads : head_dim,
    rope_local_base_freq: shortestFloat32(read('rope.freq_base_swa') ?? 10_000),
    sliding_window_pattern: read('attention.sliding_window_pattern') ?? 6,
  };
  const token = (kind: string) => metadata.number(`tokenizer.ggml.${kind}_token_id`) ?? null;

  return {
    architecture,
    tensors,
    config: {
      architectures: [architecture.class],
      model_type,
      vocab_size: embeddings.shape[0],
      hidden_size,
      intermediate_size: required('feed_forward_length'),
      num_hidden_layers: required('block_count'),
      num_attention_heads,
      num_key_value_heads,
      head_dim,
      ...(name === 'gemma3' ? gemma : { hidden_act: 'silu' }),
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
