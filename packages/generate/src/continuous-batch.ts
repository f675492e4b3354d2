import type { CacheRoom } from './cache-room.js';
import type { DecoderProgram } from './decoder-program.js';
import { capacityFor, type KeyValueCache } from './key-value-cache.js';
import type { Sequence } from './sequence.js';

export interface BatchOptions {
  program: DecoderProgram;
  room: CacheRoom;
  /** Most sequences decoded at a time. */
  maxSequences: number;
  /** Most prompt tokens computed in one run, over all its rows. */
  prefillTokens: number;
  /** Called after every run. */
  onRun?: ((run: { prompt_tokens: number; completion_tokens: number; seconds: number }) => void) | undefined;
}

/** Prompts computed between two decoding steps, so that running texts do not stand still behind a long queue. */
const PREFILLS_PER_STEP = 4;

/**
 * Decodes many sequences at once. Each has a row of one cache; when it ends, the row goes to the next prompt, which
 * is computed apart in a small cache of its own, without padding beside rows that only want one token.
 */
export class ContinuousBatch {
  /** Every sequence that has not ended, wherever it stands. */
  readonly #open = new Set<Sequence>();
  readonly #waiting: Sequence[] = [];
  #rows: (Sequence | undefined)[] = [];
  #cache: KeyValueCache | undefined;
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
        // What failed may have left the cache half written or released.
        await this.#empty().catch(() => undefined);
      }
    }
    // No await between the last look at the queue and here: a request that comes later starts a new run.
    this.#running = undefined;
  }

  #fail(reason: unknown): void {
    for (const sequence of this.#open) sequence.fail(reason);
  }

  /** Some prompts and one decoding step; false when there is nothing left to do. */
  async #work(): Promise<boolean> {
    for (let n = 0; n < PREFILLS_PER_STEP; n++) {
      const prompts = this.#nextPrompts();
      if (prompts.length === 0) break;
      await this.#admit(prompts);
    }
    this.#drop();
    if (this.#active) await this.#step();
    else await this.#empty();
    return this.#active > 0 || this.#waiting.length > 0;
  }

  async #empty(): Promise<void> {
    const cache = this.#cache;
    this.#cache = undefined;
    this.#rows = [];
    await cache?.dispose();
  }

  get #active(): number {
    return this.#rows.filter(row => row !== undefined).length;
  }

  /** Frees the rows of sequences that have ended. */
  #drop(): void {
    this.#rows.forEach((sequence, row) => {
      if (!sequence?.settled) return;
      this.#rows[row] = undefined;
      this.#cache!.lengths[row] = 0;
    });
  }

  /** The prompts to compute next: one long, or several short ones as far as padding them costs little. */
  #nextPrompts(): Sequence[] {
    this.#drop();
    const prompts: Sequence[] = [];
    while (this.#active + prompts.length < this.options.maxSequences && this.#waiting.length) {
      const next = this.#waiting[0]!;
      if (next.settled) {
        this.#waiting.shift();
        continue;
      }
      const longest = Math.max(next.promptLength, ...prompts.map(p => p.promptLength));
      if (prompts.length && longest * (prompts.length + 1) > this.options.prefillTokens) break;
      prompts.push(this.#waiting.shift()!);
    }
    return prompts;
  }

  /** Computes prompts in a cache of their own, draws their first tokens, and moves what goes on into the batch. */
  async #admit(prompts: Sequence[]): Promise<void> {
    await this.#join(prompts, await this.#prefill(prompts));
  }

  async #prefill(prompts: readonly Sequence[]): Promise<KeyValueCache> {
    const { program, room, prefillTokens } = this.options;
    const chunk = Math.max(1, Math.floor(prefillTokens / prompts.length));
    const longest = Math.max(...prompts.map(p => p.promptLength));
    // Where the first chunk is the last one, the row can be decoded in place.
    let cache = await room.create(prompts.length, Math.min(longest + 1, chunk));
    for (let start = 0; start < longest && prompts.some(p => !p.settled); start += chunk) {
      const begin = performance.now();
      const tokens = prompts.map(p => p.ids.slice(start, Math.min(start + chunk, p.promptLength)));
      const samples = prompts.flatMap(({ promptLength }, row) =>
        promptLength > start && promptLength <= start + chunk
          ? [{ row, offset: promptLength - start - 1 }]
          : [],
      );
      cache = await room.grown(cache, tokens);
      const { logits } = await program.run({ cache, tokens, samples });
      samples.forEach(({ row }, i) => {
        prompts[row]!.accept(logits[i]!);
      });
      this.options.onRun?.({
        prompt_tokens: tokens.reduce((n, row) => n + row.length, 0),
        completion_tokens: samples.length,
        seconds: (performance.now() - begin) / 1000,
      });
    }
    return cache;
  }

  async #join(prompts: Sequence[], cache: KeyValueCache): Promise<void> {
    const { room, maxSequences } = this.options;
    const joining = prompts.flatMap((p, from) => (p.settled ? [] : [from]));
    this.#drop();
    const live = this.#active;
    if (joining.length === 0) return cache.dispose();
    if (live === 0) {
      await this.#cache?.dispose();
      this.#cache = cache;
      this.#rows = prompts.map(p => (p.settled ? undefined : p));
      return;
    }
    const needed = Math.max(...joining.map(row => cache.lengths[row]!)) + 1;
    const free = this.#rows.length - live;
    if (free < joining.length || needed > this.#cache!.capacity) {
      // Room for those who wait as well, so that the cache is not rebuilt for each of them.
      const rows = Math.min(maxSequences, live + joining.length + this.#waiting.length);
      await this.#resize(Math.max(rows, live + joining.length), needed);
    }
    const sources: (number | undefined)[] = this.#rows.map(() => undefined);
    for (const from of joining) {
      const row = this.#rows.indexOf(undefined);
      this.#rows[row] = prompts[from];
      sources[row] = from;
    }
    await room.copy(cache, this.#cache!, sources);
    await cache.dispose();
  }

  /** One more token for every sequence. */
  async #step(): Promise<void> {
    await this.#fit();
    const begin = performance.now();
    const tokens = this.#rows.map(sequence => (sequence ? [sequence.ids.at(-1)!] : []));
    const samples = this.#rows.flatMap((sequence, row) => (sequence ? [{ row, offset: 0 }] : []));
    const { logits } = await this.options.program.run({ cache: this.#cache!, tokens, samples });
    samples.forEach(({ row }, i) => {
      this.#rows[row]!.accept(logits[i]!);
    });
    this.options.onRun?.({
      prompt_tokens: 0,
      completion_tokens: samples.length,
      seconds: (performance.now() - begin) / 1000,
    });
  }

  /** Gives the cache the size that the sequences need: no one waits for empty rows or positions. */
  async #fit(): Promise<void> {
    const cache = this.#cache!;
    const live = this.#active;
    const positions = Math.max(...cache.lengths) + 1;
    const tooSmall = positions > cache.capacity;
    const halfEmpty = this.#waiting.length === 0 && live <= this.#rows.length / 2;
    const tooLong = capacityFor(positions) <= cache.capacity / 2;
    if (!tooSmall && !halfEmpty && !tooLong) return;
    await this.#resize(this.#waiting.length ? this.#rows.length : live, positions);
  }

  async #resize(rows: number, positions: number): Promise<void> {
    const cache = this.#cache!;
    const kept = this.#rows.flatMap((sequence, row) => (sequence ? [row] : []));
    const longest = Math.max(positions, ...kept.map(row => cache.lengths[row]! + 1));
    const sources = Array.from({ length: rows }, (_, row) => kept[row]);
    this.#rows = sources.map(row => (row === undefined ? undefined : this.#rows[row]));
    this.#cache = await this.options.room.rebuild(cache, sources, longest);
  }
}
