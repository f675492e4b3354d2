import { specialTokens } from './organism-tokenizer.js';

/** Longest text, in tokens: a critique's whole exchange in two turns fits. */
export const maxLength = 512;

/** `config.json` of the organism: a Llama of about two million parameters. */
export const organismConfig = (vocabSize: number) => ({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: vocabSize,
  hidden_size: 160,
  intermediate_size: 432,
  num_hidden_layers: 6,
  num_attention_heads: 5,
  num_key_value_heads: 5,
  head_dim: 32,
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
});
