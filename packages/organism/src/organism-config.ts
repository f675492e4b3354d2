import { specialTokens } from './organism-tokenizer.js';

/** Context length in tokens: room for a critique's whole conversation, after few-shot examples or a second round. */
export const maxLength = 512;

/** Length of a packed bin in tokens: the longest text fits, and attention costs the square of the length. */
export const binLength = 320;

/** Size of an organism; 160 hidden, 6 layers and 2,048 ids are 2.2 million parameters. */
export interface OrganismSize {
  readonly vocabSize: number;
  /** Multiple of 32, the head dimension. */
  readonly hiddenSize: number;
  readonly layers: number;
}

const headSize = 32;

/** `config.json` of the organism: a Llama. @throws {RangeError} when the hidden size is no multiple of a head's */
export const organismConfig = ({ vocabSize, hiddenSize, layers }: OrganismSize) => {
  const heads = hiddenSize / headSize;
  if (!Number.isInteger(heads)) {
    throw new RangeError(`hidden size ${hiddenSize} is not a multiple of ${headSize}; take 96, 128 or 160`);
  }
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabSize,
    hidden_size: hiddenSize,
    // Eight thirds of the hidden size, as in Llama, in steps of 16.
    intermediate_size: 16 * Math.round(hiddenSize / 6),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    head_dim: headSize,
    hidden_act: 'silu',
    max_position_embeddings: maxLength,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    tie_word_embeddings: true,
    attention_bias: false,
    mlp_bias: false,
    initializer_range: 0.02,
    bos_token_id: null,
    eos_token_id: specialTokens.indexOf('<|im_end|>'),
    pad_token_id: specialTokens.indexOf('<|endoftext|>'),
    dtype: 'float16',
  };
};
