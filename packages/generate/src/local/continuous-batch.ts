import { DecodeBatch } from './decode-batch.js';
import type { KeyValueCache } from './key-value-cache.js';
import { type PrefillContext, prefill } from './prefill.js';
import type { Sequence } from './sequence.js';
import type { Prefix, SharedPrefixes } from './shared-prefixes.js';

export interface BatchOptions extends PrefillContext {
  prefixes: SharedPrefixes;
  /** Most sequences decoded at a time. */
  maxSequences: number;
  /** Called after every run. */
  onRun?: ((run: { prompt_tokens: number; completion_tokens: number; seconds: number }) => void) | undefined;
}

/** Prompts computed between two decoding steps, so that running texts do not stand still behind a long queue. */
const PREFILLS_PER_STEP = 4;

/** Most decode batches with a prefix. Each is a run of its own in every step; a prompt beyond them takes a prefix that is there. */
const MAX_BATCHES = 4;

/**
 * Decodes many sequences at once. Those with the same prefix share a batch, in which each has a row; when it ends, the
 * row goes to the next prompt, which is prefilled in a small cache of its own: beside rows that add one token it would
 * need padding.
 */
export class ContinuousBatch {
  /** Every sequence that has not ended, wherever it stands. */
  readonly #open = new Set<Sequence>();
  readonly #waiting: Sequence[] = [];
  readonly #batches = new Map<Prefix | undefined, DecodeBatch>();
  #running: Promise<void> | undefined;

  constructor(private readonly options: BatchOptions) {}

  submit(sequence: Sequence): void {
    this.#open.add(sequence);
    const forget = () => this.#open.delete(sequence);
    sequence.completion.then(forget, forget);
    this.#waiting.push(sequence);
    this.#running ??= this.#run();
  }

  /** Fails everything that is under way, and waits until nothing runs. */
  async stop(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#running;
  }

  async #run(): Promise<void> {
    // Requests made in the same turn start together.
    await Promise.resolve();
    for (let more = true; more; ) {
      try {
        more = await this.#work();
      } catch (error) {
        this.#fail(error);
        // What failed may have left a cache half written or released.
        await this.#close(() => true).catch(() => undefined);
      }
    }
    // No await between the last look at the queue and here: a request that comes later starts a new run.
    this.#running = undefined;
  }

  #fail(reason: unknown): void {
    for (const sequence of this.#open) sequence.fail(reason);
  }

  /** Some prompts and one decoding step of every batch; false when there is nothing left to do. */
  async #work(): Promise<boolean> {
    for (let n = 0; n < PREFILLS_PER_STEP; n++) if (!(await this.#admit())) break;
    for (const batch of this.#batches.values()) {
      batch.removeFinished();
      this.#waiting.unshift(...batch.takeExceeding(this.options.program.cacheInvalidatedAt));
      if (batch.active === 0) continue;
      const begin = performance.now();
      const completion_tokens = await batch.step(this.#waiting.length > 0);
      const seconds = (performance.now() - begin) / 1000;
      this.options.onRun?.({ prompt_tokens: 0, completion_tokens, seconds });
    }
    for (const batch of this.#batches.values()) batch.removeFinished();
    await this.#close(batch => batch.active === 0);
    return this.#active > 0 || this.#waiting.length > 0;
  }

  get #active(): number {
    let active = 0;
    for (const batch of this.#batches.values()) active += batch.active;
    return active;
  }

  async #close(done: (batch: DecodeBatch) => boolean): Promise<void> {
    for (const [prefix, batch] of this.#batches) {
      if (!done(batch)) continue;
      this.#batches.delete(prefix);
      if (prefix) this.options.prefixes.release(prefix);
      await batch.dispose();
    }
  }

  /** Computes prompts in a cache of their own, draws their first tokens, and moves what goes on into a batch. */
  async #admit(): Promise<boolean> {
    const { program, allocator, prefixes, maxSequences } = this.options;
    for (const batch of this.#batches.values()) batch.removeFinished();
    while (this.#waiting[0]?.settled) this.#waiting.shift();
    const first = this.#waiting[0];
    if (!first || this.#active >= maxSequences) return false;
    const withPrefix = [...this.#batches.keys()].filter(prefix => prefix !== undefined);
    const among = withPrefix.length < MAX_BATCHES ? undefined : new Set(withPrefix);
    const prefix = await prefixes.acquire(first.pending, first.pending.length - 1, among);
    if (!this.#batches.has(prefix)) this.#batches.set(prefix, new DecodeBatch(program, allocator, prefix));
    else if (prefix) prefixes.release(prefix);
    const prompts = this.#nextPrompts(prefix);
    const batch = this.#batches.get(prefix)!;
    const cache = await this.#prefill(prompts, prefix);
    batch.removeFinished();
    const others = this.#waiting.slice(0, maxSequences).filter(other => this.#suits(other, prefix));
    const most = Math.min(maxSequences, batch.active + prompts.length + others.length);
    await batch.join(prompts, cache, most);
    return true;
  }

  #suits({ pending }: Sequence, prefix: Prefix | undefined): boolean {
    return this.options.prefixes.suits(pending, pending.length - 1, prefix);
  }

  /**
   * The prompts to compute next: the one that waits longest, and others of the same batch as far as padding them
   * costs little.
   */
  #nextPrompts(prefix: Prefix | undefined): Sequence[] {
    const { maxSequences, prefillTokens } = this.options;
    const shared = prefix?.ids.length ?? 0;
    const prompts = [this.#waiting.shift()!];
    let longest = prompts[0]!.pending.length - shared;
    for (const next of this.#waiting.slice(0, maxSequences)) {
      if (this.#active + prompts.length >= maxSequences) break;
      if (next.settled || !this.#suits(next, prefix)) continue;
      longest = Math.max(longest, next.pending.length - shared);
      if (longest * (prompts.length + 1) > prefillTokens) break;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      prompts.push(next);
    }
    return prompts;
  }

  async #prefill(prompts: readonly Sequence[], prefix: Prefix | undefined): Promise<KeyValueCache> {
    const { allocator, prefillTokens } = this.options;
    const tokens = prompts.map(p => p.pending.slice(prefix?.ids.length ?? 0));
    const longest = Math.max(...tokens.map(row => row.length));
    // Where the first chunk is the last one, the row can be decoded in place.
    const capacity = Math.min(longest + 1, Math.max(1, Math.floor(prefillTokens / prompts.length)));
    let cache = await allocator.create(prompts.length, capacity, prefix?.cache);
    if (prompts.every(p => p.settled)) return cache;
    const samples = tokens.map((row, r) => ({ row: r, offset: row.length - 1 }));
    let begin = performance.now();
    for await (const chunk of prefill(this.options, { cache, tokens, samples })) {
      cache = chunk.cache;
      for (const [row, logits] of chunk.logits) prompts[row]!.appendToken(logits);
      this.options.onRun?.({
        prompt_tokens: chunk.tokens,
        completion_tokens: chunk.logits.length,
        seconds: (performance.now() - begin) / 1000,
      });
      begin = performance.now();
      if (prompts.every(p => p.settled)) break;
    }
    return cache;
  }
}
