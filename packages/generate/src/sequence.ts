import type { Tokenizer } from '@charter/tokenizer';
import { isShort, needsLogSum } from './draw-from-best.js';
import type { Completion, GenerateRequest, TokenLogprob } from './language-model.js';
import { BEST_COUNT, type NextScores, type WantedScores } from './next-scores.js';
import { createSampler, type Sampler } from './sampler.js';
import type { SamplingOptions } from './sampling-options.js';
import { createTextStream, type TextStream } from './text-stream.js';
import { tokenLogprob } from './token-logprobs.js';

export interface SequenceOptions {
  prompt: readonly number[];
  options: SamplingOptions;
  seed: number;
  tokenizer: Pick<Tokenizer, 'decode' | 'decodeStream'>;
  /** Ids that end the text. */
  eosIds: ReadonlySet<number>;
  /** Most tokens, prompt included. */
  maxPositions: number;
  request: Pick<GenerateRequest, 'onToken' | 'signal'>;
}

/** For so many tokens all logits are asked for, after the likeliest ones were not enough. */
const WHOLE_FOR = 16;

/** One request while its text is being written. */
export class Sequence {
  /** Prompt and generated ids. */
  readonly ids: number[];
  readonly prompt: readonly number[];
  readonly promptLength: number;
  /** What has to be computed before the next token is drawn: the prompt, or all of the text. */
  pending: readonly number[];
  /** Settled when the text is complete, or the request has failed or was given up. */
  readonly completion: Promise<Completion>;
  readonly #options: SequenceOptions;
  readonly #sampler: Sampler;
  readonly #text: TextStream;
  readonly #logprobs: TokenLogprob[] = [];
  /** How many of them went out with a piece of text. */
  #told = 0;
  /** Until the text has so many tokens, the likeliest ones were not enough of late. */
  #wholeUntil = 0;
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

  /** Whether no more tokens are wanted: complete, failed or given up. */
  get settled(): boolean {
    return this.#settled;
  }

  /** How many tokens it may become, prompt included. */
  get mostTokens(): number {
    return Math.min(this.promptLength + this.#options.options.max_new_tokens, this.#options.maxPositions);
  }

  /** What it takes to draw the next token. */
  get wants(): WantedScores {
    const { options } = this.#options;
    const { temperature, repetition_penalty, top_logprobs } = options;
    const whole =
      repetition_penalty !== 1 || top_logprobs !== undefined || this.ids.length < this.#wholeUntil;
    if (whole || (temperature > 0 && !isShort(options, BEST_COUNT))) return {};
    return {
      best: true,
      ...(temperature > 0 && needsLogSum(options) && { inverseTemperature: 1 / temperature }),
    };
  }

  /**
   * Draws the next token.
   *
   * @returns false, and draws nothing, when that takes all logits; `wants` says so then
   */
  accept(scores: NextScores): boolean {
    if (this.#settled) return true;
    try {
      const { top_logprobs } = this.#options.options;
      const { logits, best } = scores;
      // The sampler's repetition penalty changes the logits.
      const raw = top_logprobs === undefined ? logits : logits?.slice();
      const id = best ? this.#sampler.nextOfBest(best) : this.#sampler.next(logits!);
      if (id === undefined) {
        this.#wholeUntil = this.ids.length + WHOLE_FOR;
        return false;
      }
      this.ids.push(id);
      const ended = this.#options.eosIds.has(id);
      // An end token is often special and has no text, but a stop id may be a word.
      if (top_logprobs !== undefined && !ended) {
        const text = (token: number) => this.#options.tokenizer.decode([token]);
        this.#logprobs.push(tokenLogprob(raw!, id, top_logprobs, text));
      }
      const piece = ended ? '' : this.#text.push(id);
      const stopped = ended || this.#text.stopped;
      const full = this.ids.length >= this.mostTokens;
      const rest = (stopped || full) && !this.#text.stopped ? this.#text.end() : '';
      if (piece + rest) this.#tell(piece + rest);
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

  #tell(text: string): void {
    const asked = this.#options.options.top_logprobs !== undefined;
    this.#options.request.onToken?.(text, asked ? this.#logprobs.slice(this.#told) : undefined);
    this.#told = this.#logprobs.length;
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
