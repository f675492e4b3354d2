import type { Message } from './message.js';

/**
 * Text that a model goes on with. Messages are a chat: the model's template is applied and its turn is opened, or, when
 * the last message is the assistant's, that turn goes on. A string is raw text, and numbers are token ids.
 */
export type Prompt = Message[] | string | number[];

/** True for messages; false for raw text and token ids. */
export const isChat = (prompt: Prompt): prompt is Message[] =>
  typeof prompt !== 'string' && typeof prompt[0] !== 'number';

/** Variables of a chat template beside the messages; without effect for plain text and token ids. */
export interface ChatVariables {
  /** JSON schemas of the functions that the model may call. */
  tools?: readonly unknown[] | undefined;
  /** Further variables of the template, such as `enable_thinking`. */
  chat_template_kwargs?: Readonly<Record<string, unknown>> | undefined;
}

export interface GenerateRequest extends ChatVariables {
  prompt: Prompt;
  /** Most tokens to write. */
  max_new_tokens?: number | undefined;
  /** Divides the logits; 0 takes the most likely token every time. */
  temperature?: number | undefined;
  /** Keeps the most likely tokens whose probabilities sum to at least this. */
  top_p?: number | undefined;
  /** Keeps the k most likely tokens; 0 keeps all. */
  top_k?: number | undefined;
  /** Drops tokens whose probability is below this fraction of the most likely token's. */
  min_p?: number | undefined;
  /** Makes tokens of prompt and text less likely (> 1) or more likely (< 1). */
  repetition_penalty?: number | undefined;
  /** The same seed and prompt give the same text, whatever else is generated at the same time. */
  seed?: number | undefined;
  /** Generation ends before the first of these strings; it is not part of the text. */
  stop?: string[] | undefined;
  /** Requests the log-probability of each generated token, and of this many of the most likely tokens at its position; 0 to 20. */
  top_logprobs?: number | undefined;
  /**
   * Called with each piece of text as soon as it is certain; the pieces joined are the text.
   * @param logprobs of the tokens written since the last piece, where `top_logprobs` asks for them
   */
  onToken?: ((text: string, logprobs?: TokenLogprob[]) => void) | undefined;
  /** Ends the request early: the promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** A token and how likely it was, by the model's own distribution: before temperature, penalties and cuts. */
export interface TokenLogprob {
  token: string;
  /** UTF-8 of its text, also where that is a part of a character; where it is known. */
  bytes?: readonly number[] | undefined;
  /** Its number in the vocabulary, where that is known. */
  id?: number | undefined;
  /** Natural logarithm of its probability; null for the first token of a prompt, which nothing predicts. */
  logprob: number | null;
  /** The most likely tokens at its position, most likely first. */
  top: { token: string; bytes?: readonly number[] | undefined; logprob: number }[];
}

export interface Completion {
  /** Without special tokens, cut before a stop string; at an endpoint without the thinking before an answer. */
  text: string;
  /** Thinking that an endpoint's model wrote before its answer; no part of the text. */
  reasoning?: string | undefined;
  /** Generated ids, the end token included, as transformers' `generate` returns them behind the prompt. */
  ids?: number[] | undefined;
  /** One for each token of the text, where `top_logprobs` asked for them; the end token has none. */
  logprobs?: TokenLogprob[] | undefined;
  /**
   * `stop`: an end token or a stop string; `length`: max_new_tokens, or no position was left; `content_filter`: an
   * endpoint's filter cut the text or left it out.
   */
  finish_reason: 'stop' | 'length' | 'content_filter';
  /** 0 where an endpoint does not say. */
  usage: { prompt_tokens: number; completion_tokens: number };
}

export interface ScoreRequest {
  prompt: Message[] | string;
  /** Texts that might follow the prompt. */
  continuations: string[];
}

export interface PromptLogprobsOptions {
  /** Number of the most likely tokens at each position; default 0. */
  top_logprobs?: number | undefined;
  /** Ends the computation early: the promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** A model that writes text: on this machine, or behind an endpoint. */
export interface LanguageModel {
  readonly name: string;
  /** Number of requests that are worth having in flight. */
  readonly concurrency: number;
  /** Concurrent calls are batched. */
  generate(request: GenerateRequest): Promise<Completion>;
  /** Log-probability of each continuation after the prompt, in nats, summed over its tokens. */
  score?(request: ScoreRequest): Promise<number[]>;
  /** Each token of a prompt with its log-probability in nats, given all before it. */
  promptLogprobs?(prompt: Prompt, options?: PromptLogprobsOptions): Promise<TokenLogprob[]>;
  /** `[hidden]`: mean of the last hidden states over the tokens of a plain text: what the text is about. */
  embed?(text: string): Promise<Float32Array>;
  dispose?(): Promise<void>;
}
