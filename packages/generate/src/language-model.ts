/** One turn of a conversation. */
export interface Message {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
}

export interface GenerateRequest {
  /**
   * Messages are a chat: the model's template is applied and its turn is opened, or, when the last message is the
   * assistant's, that turn goes on. A string is raw text.
   */
  prompt: Message[] | string;
  /** Most tokens to write. */
  max_new_tokens?: number | undefined;
  /** Divides the logits; 0 takes the likeliest token every time. */
  temperature?: number | undefined;
  /** Keeps the likeliest tokens that together have at least this probability. */
  top_p?: number | undefined;
  /** Keeps the k likeliest tokens; 0 keeps all. */
  top_k?: number | undefined;
  /** Drops tokens less likely than this share of the likeliest one. */
  min_p?: number | undefined;
  /** Makes tokens of prompt and text less likely (> 1) or more likely (< 1). */
  repetition_penalty?: number | undefined;
  /** The same seed and prompt give the same text, whatever else is generated at the same time. */
  seed?: number | undefined;
  /** Generation ends before the first of these strings; it is not part of the text. */
  stop?: string[] | undefined;
  /** Called with each piece of text as soon as it is certain; the pieces joined are the text. */
  onToken?: ((text: string) => void) | undefined;
  /** Ends the request early: the promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface Completion {
  /** Without special tokens, cut before a stop string. */
  text: string;
  /** Generated ids, the end token included, as transformers' `generate` returns them behind the prompt. */
  ids?: number[] | undefined;
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

/** A model that writes text: on this machine, or behind an endpoint. */
export interface LanguageModel {
  readonly name: string;
  /** How many requests are worth having in flight. */
  readonly concurrency: number;
  /** Concurrent calls are batched. */
  generate(request: GenerateRequest): Promise<Completion>;
  /** Log-probability of each continuation after the prompt, in nats, summed over its tokens. */
  score?(request: ScoreRequest): Promise<number[]>;
  dispose?(): Promise<void>;
}
