// What needs no files: the entry for browsers, whose bundlers take it for `@charter/tokenizer`.
export type { ChatMessage } from './chat-message.js';
export {
  type CompiledChatTemplate,
  compileChatTemplate,
  type RenderOptions,
  type Span,
} from './chat-template.js';
export { createDecodeStream, type DecodeStream } from './decode-stream.js';
export { endTokenIds } from './end-token-ids.js';
export {
  commonPrefixLength,
  type PreferenceTokens,
  type PromptCompletionTokens,
  type PromptPart,
} from './joint-tokens.js';
export type { ConfiguredToken, TokenizerConfig } from './special-tokens.js';
export {
  type ChatOptions,
  type ChatTokens,
  createTokenizer,
  type DecodeOptions,
  type EncodeOptions,
  type Tokenizer,
  type TokenizerSource,
} from './tokenizer.js';
export { ChatTemplateError, TokenizerError } from './tokenizer-error.js';
