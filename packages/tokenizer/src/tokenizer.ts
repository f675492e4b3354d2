import type { ChatMessage } from '@charter/core';
import type { RenderOptions, Span } from './chat-template.js';
import type { DecodeStream } from './tokens/decode-stream.js';

/** A prompt, or its completion: a conversation's messages or plain text. */
export type PromptPart = readonly ChatMessage[] | string;

export interface PromptCompletionTokens {
  /** Prompt and completion, tokenized as one text. */
  ids: number[];
  /** Number of `ids` that are the prompt; the rest is the completion. */
  promptLength: number;
  /**
   * The prompt's own ids do not begin `ids`: a token crosses the border, or the template writes the prompt differently
   * once an answer follows. The model is then trained on another prompt than it sees in generation.
   */
  prefixMismatch: boolean;
  /** 1 for the assistant's tokens, when `return_assistant_tokens_mask` was asked for. */
  assistantMask?: number[];
}

export interface PreferenceTokens {
  promptIds: number[];
  chosenIds: number[];
  rejectedIds: number[];
  /** As in {@link PromptCompletionTokens}, for either answer. */
  prefixMismatch: boolean;
}

export interface EncodeOptions {
  /** Adds the BOS and EOS of the tokenizer's post-processor; default true, as in transformers. */
  add_special_tokens?: boolean | undefined;
}

export interface DecodeOptions {
  /** Leaves special tokens out of the text; default false, as in transformers. */
  skip_special_tokens?: boolean | undefined;
}

export interface ChatOptions extends RenderOptions {
  /** Leaves the last message open, so that the model goes on with it. */
  continue_final_message?: boolean | undefined;
  /** Marks the tokens that the assistant wrote. */
  return_assistant_tokens_mask?: boolean | undefined;
  /** A template in place of the tokenizer's own. */
  chat_template?: string | undefined;
}

export interface ChatTokens {
  text: string;
  ids: number[];
  /** 1 where the assistant wrote the token, else 0; there when `return_assistant_tokens_mask` was asked for. */
  assistantMask?: number[];
}

export interface Tokenizer {
  /** Remarks on its files, for people: where transformers reads them otherwise. */
  readonly remarks?: readonly string[];
  /** Number of ids: one more than the highest. */
  readonly vocabSize: number;
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
  readonly bosTokenId: number | undefined;
  /** The tokenizer's own EOS. */
  readonly eosTokenId: number | undefined;
  /** Every id that ends a generation: generation_config.json's and the tokenizer's. */
  readonly eosTokenIds: readonly number[];
  /** The padding token, or EOS where there is none, as in TRL. */
  readonly padTokenId: number | undefined;
  /** Ids of all special tokens. */
  readonly specialIds: ReadonlySet<number>;
  /** The model's chat template, for inspection; undefined where it has none. */
  readonly chatTemplate: string | undefined;

  encode(text: string, options?: EncodeOptions): number[];
  /**
   * Ids with the characters (UTF-16 units of `text`) each stands for; the span of an added BOS or EOS is empty.
   * @throws {TokenizerError} when the tokenizer's normalizer changes the text beyond following
   */
  encodeWithOffsets(text: string, options?: EncodeOptions): { ids: number[]; offsets: Span[] };
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /** Text id by id; see {@link createDecodeStream}. */
  decodeStream(options?: DecodeOptions): DecodeStream;
  /** The token as the vocabulary spells it (`Ġthe`); undefined for an id outside the vocabulary. */
  tokenText(id: number): string | undefined;
  /** Bytes of text that a token stands for, also where they are a part of a character; undefined outside the vocabulary. */
  tokenBytes(id: number): Uint8Array | undefined;
  /** Id of a token as the vocabulary spells it. */
  tokenId(token: string): number | undefined;

  /**
   * The conversation as the model's chat template writes it.
   * @throws {ChatTemplateError} when there is no template, or the template refuses; names the message
   */
  renderChat(messages: readonly ChatMessage[], options?: ChatOptions): string;
  /** The same, tokenized without further special tokens, since the template writes its own BOS. */
  applyChatTemplate(messages: readonly ChatMessage[], options?: ChatOptions): ChatTokens;

  /** Plain text for training: special tokens, and EOS at the end unless it stands there already. */
  tokenizeText(text: string): number[];
  /** {@link tokenizePromptCompletion} */
  tokenizePromptCompletion(
    prompt: PromptPart,
    completion: PromptPart,
    options?: ChatOptions,
  ): PromptCompletionTokens;
  /** {@link tokenizePreference} */
  tokenizePreference(
    prompt: PromptPart,
    chosen: PromptPart,
    rejected: PromptPart,
    options?: ChatOptions,
  ): PreferenceTokens;
}
