import { CheckpointError } from '../checkpoint-error.js';
import type { GgufFile, GgufTensor } from './open-gguf.js';

const topNames = new Map([
  ['token_embd', 'model.embed_tokens'],
  ['output_norm', 'model.norm'],
  ['output', 'lm_head'],
]);

const layerNames = new Map([
  ['attn_norm', 'input_layernorm'],
  ['attn_q', 'self_attn.q_proj'],
  ['attn_k', 'self_attn.k_proj'],
  ['attn_v', 'self_attn.v_proj'],
  ['attn_output', 'self_attn.o_proj'],
  ['attn_q_norm', 'self_attn.q_norm'],
  ['attn_k_norm', 'self_attn.k_norm'],
  ['ffn_norm', 'post_attention_layernorm'],
  ['ffn_gate', 'mlp.gate_proj'],
  ['ffn_up', 'mlp.up_proj'],
  ['ffn_down', 'mlp.down_proj'],
]);

/** Rotation frequencies, not weights: they become `rope_scaling` in config.json. */
export const ropeFrequencies = 'rope_freqs.weight';

/**
 * The tensors of a GGUF file under their names in Hugging Face's checkpoints.
 *
 * @throws {CheckpointError} naming a tensor that no supported architecture has
 */
export const huggingFaceTensors = ({ file, tensors }: GgufFile): Map<string, GgufTensor> => {
  const named = new Map<string, GgufTensor>();
  for (const tensor of tensors.values()) {
    if (tensor.name === ropeFrequencies) continue;
    const name = huggingFaceName(tensor.name);
    if (name === undefined) {
      throw new CheckpointError(
        file,
        'is not a tensor of a dense Llama, Mistral, Qwen2 or Qwen3 model, which are the ones that can be converted.',
        { tensor: tensor.name },
      );
    }
    named.set(name, tensor);
  }
  return named;
};

const huggingFaceName = (name: string): string | undefined => {
  const [, layer, part, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const found = layer === undefined ? topNames.get(part!) : layerNames.get(part!);
  if (found === undefined) return undefined;
  return layer === undefined ? `${found}.${kind}` : `model.layers.${layer}.${found}.${kind}`;
};
