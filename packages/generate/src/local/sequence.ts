import type { Completion, GenerateRequest, TokenLogprob } from '@charter/core';
import type { Tokenizer } from '@charter/tokenizer';
import { type LogitsRequest, type NextLogits, TOP_K } from '../sampling/next-logits.js';
import { createSampler, type Sampler } from '../sampling/sampler.js';
import type { SamplingOptions } from '../sampling/sampling-options.js';
import { tokenLogprob, tokenText } from '../sampling/token-logprobs.js';
import { needsLogSumExp, topKSuffices } from '../sampling/top-k-distribution.js';
import { createTextStream, type TextStream } from './text-stream.js';

export interface SequenceOptions {
  prompt: readonly number[];
  options: SamplingOptions;
  seed: number;
  tokenizer: Pick<Tokenizer, 'decode' | 'decodeStream' | 'tokenBytes'>;
  /** Ids that end the text. */
  eosIds: ReadonlySet<number>;
  /** Most tokens, prompt included. */
  maxPositions: number;
  request: Pick<GenerateRequest, 'onToken' | 'signal'>;
}

/** After a top-k miss, full logits are requested for this many tokens. */
const FULL_LOGITS_FOR = 16;

/** One request while its text is being written. */
export class Sequence {
  /** Prompt and generated ids. */
  readonly ids: number[];
  readonly prompt: readonly number[];
  readonly promptLength: number;
  /** Tokens to compute before the next one is drawn: the prompt, or all of the text. */
  pending: readonly number[];
  /** Settled when the text is complete, or the request has failed or was given up. */
  readonly completion: Promise<Completion>;
  readonly #options: SequenceOptions;
  readonly #sampler: Sampler;
  readonly #text: TextStream;
  readonly #logprobs: TokenLogprob[] = [];
  /** Number of log-probabilities passed on with a piece of text. */
  #emitted = 0;
  /** Length of the text up to which full logits are requested, after a top-k miss. */
  #fullLogitsUntil = 0;
  #settled = false;
  #resolve!: (completion: Completion) => void;
  #reject!: (reason: unknown) => void;

  constructor(options: SequenceOptions) {
    this.#options = options;
    this.ids = [...options.prompt];
    this.prompt = options.prompt;
    this.promptLength = options.prompt.length;
    this.pending = options.prompt;
    this.#sampler = createSampler(options.prompt, options.options, options.seed);
    this.#text = createTextStream(
      options.tokenizer.decodeStream({ skip_special_tokens: true }),
      options.options.stop,
    );
    this.completion = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal } = options.request;
    const abort = () => this.fail(signal!.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const forget = () => signal?.removeEventListener('abort', abort);
    this.completion.then(forget, forget);
  }

  /** True when no more tokens are wanted: complete, failed or given up. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Largest number of tokens, prompt included. */
  get maxTokens(): number {
    return Math.min(this.promptLength + this.#options.options.max_new_tokens, this.#options.maxPositions);
  }

  /** Logits that are needed to draw the next token. */
  get logitsRequest(): LogitsRequest {
    const { options } = this.#options;
    const { temperature, repetition_penalty, top_logprobs } = options;
    const full =
      repetition_penalty !== 1 || top_logprobs !== undefined || this.ids.length < this.#fullLogitsUntil;
    if (full || (temperature > 0 && !topKSuffices(options, TOP_K))) return {};
    return {
      topK: true,
      ...(temperature > 0 && needsLogSumExp(options) && { inverseTemperature: 1 / temperature }),
    };
  }

  /**
   * Draws the next token and appends it.
   *
   * @returns false, and draws nothing, when full logits are needed; `logitsRequest` asks for them then
   */
  appendToken(next: NextLogits): boolean {
    if (this.#settled) return true;
    try {
      const { top_logprobs } = this.#options.options;
      const { logits, topK } = next;
      // The sampler's repetition penalty changes the logits.
      const raw = top_logprobs === undefined ? logits : logits?.slice();
      const id = topK ? this.#sampler.nextFromTopK(topK) : this.#sampler.next(logits!);
      if (id === undefined) {
        this.#fullLogitsUntil = this.ids.length + FULL_LOGITS_FOR;
        return false;
      }
      this.ids.push(id);
      const ended = this.#options.eosIds.has(id);
      // An end token is often special and has no text, but a stop id may be a word.
      if (top_logprobs !== undefined && !ended) {
        const text = (token: number) => tokenText(this.#options.tokenizer, token);
        this.#logprobs.push(tokenLogprob(raw!, id, top_logprobs, text));
      }
      const piece = ended ? '' : this.#text.push(id);
      const stopped = ended || this.#text.stopped;
      const full = this.ids.length >= this.maxTokens;
      const rest = (stopped || full) && !this.#text.stopped ? this.#text.end() : '';
      if (piece + rest) this.#emit(piece + rest);
      if (stopped || this.#text.stopped) this.#finish('stop');
      else if (full) this.#finish('length');
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  /** Ends the request without a text. */
  fail(reason: unknown): void {
    this.#settled = true;
    this.#reject(reason);
  }

  #emit(text: string): void {
    const asked = this.#options.options.top_logprobs !== undefined;
    this.#options.request.onToken?.(text, asked ? this.#logprobs.slice(this.#emitted) : undefined);
    this.#emitted = this.#logprobs.length;
  }

  #finish(finish_reason: Completion['finish_reason']): void {
    this.#settled = true;
    const ids = this.ids.slice(this.promptLength);
    this.#resolve({
      text: this.#text.text,
      ids,
      ...(this.#options.options.top_logprobs !== undefined && { logprobs: this.#logprobs }),
      finish_reason,
      usage: { prompt_tokens: this.promptLength, completion_tokens: ids.length },
    });
  }
}
