// What needs no files: the entry for browsers, whose bundlers take it for `@charter/tokenizer`.
export type { ChatMessage } from '@charter/core';
export {
  type CompiledChatTemplate,
  compileChatTemplate,
  type RenderOptions,
  type Span,
} from './chat-template.js';
export { createTokenizer, type TokenizerSource } from './create-tokenizer.js';
export { commonPrefixLength } from './joint-tokens.js';
export type {
  ChatOptions,
  ChatTokens,
  DecodeOptions,
  EncodeOptions,
  PreferenceTokens,
  PromptCompletionTokens,
  PromptPart,
  Tokenizer,
} from './tokenizer.js';
export { ChatTemplateError, TokenizerError } from './tokenizer-error.js';
export { createDecodeStream, type DecodeStream } from './tokens/decode-stream.js';
export { endTokenIds } from './tokens/end-token-ids.js';
export type { ConfiguredToken, TokenizerConfig } from './tokens/special-tokens.js';
