import { createTokenizer, type Tokenizer } from '@charter/tokenizer';
import type { BytePairEncoding } from './byte-pair-encoding.js';

/** Padding token, and ChatML's start and end of a turn; the end of a turn is the EOS token. */
export const specialTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;

const [padToken, , endToken] = specialTokens;

/** ChatML; the assistant's content with its end-of-turn token is marked as generated. */
const chatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}{% if message['role'] == 'assistant' %}" +
  "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{% else %}" +
  "{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Tokenizer files in Hugging Face's layout: name → content. */
export interface TokenizerFiles {
  readonly 'tokenizer.json': object;
  readonly 'tokenizer_config.json': object;
}

export const tokenizerFiles = (
  { vocab, merges }: BytePairEncoding,
  { maxLength }: { maxLength: number },
): TokenizerFiles => ({
  'tokenizer.json': {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocab),
      merges,
    },
  },
  'tokenizer_config.json': {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    eos_token: endToken,
    pad_token: padToken,
    model_max_length: maxLength,
    chat_template: chatTemplate,
  },
});

export const tokenizerOf = (files: TokenizerFiles): Tokenizer =>
  createTokenizer({
    tokenizerJson: files['tokenizer.json'],
    tokenizerConfig: files['tokenizer_config.json'],
  });
