import type { DecoderProgram } from './decoder-program.js';
import { capacityFor, type KeyValueCache } from './key-value-cache.js';
import type { KeyValueCacheAllocator } from './key-value-cache-allocator.js';
import type { Sequence } from './sequence.js';
import type { Prefix } from './shared-prefixes.js';

/** Sequences that are decoded together: each has a row of one cache, and all begin with the same prefix, or none. */
export class DecodeBatch {
  #rows: (Sequence | undefined)[] = [];
  #cache: KeyValueCache | undefined;

  constructor(
    private readonly program: DecoderProgram,
    private readonly allocator: KeyValueCacheAllocator,
    readonly prefix: Prefix | undefined,
  ) {}

  /** Number of sequences. */
  get active(): number {
    return this.#rows.filter(row => row !== undefined).length;
  }

  /** Frees the rows of sequences that have ended. */
  removeFinished(): void {
    this.#free(this.#rows.flatMap((sequence, row) => (sequence?.settled ? [row] : [])));
  }

  /** Gives back sequences of this length, whose tokens must all be computed anew. */
  takeExceeding(length: number | undefined): Sequence[] {
    const taken = this.#rows.flatMap((sequence, row) =>
      sequence && sequence.ids.length === length ? [row] : [],
    );
    const sequences = taken.map(row => this.#rows[row]!);
    for (const sequence of sequences) sequence.pending = sequence.ids.slice();
    this.#free(taken);
    return sequences;
  }

  /**
   * Takes in sequences whose prompts are computed, in a cache of their own that belongs to this batch from then on.
   *
   * @param most rows to make when there are too few: room for those who wait as well, so that the cache is not rebuilt
   *   for each of them
   */
  async join(prompts: readonly Sequence[], cache: KeyValueCache, most: number): Promise<void> {
    const joining = prompts.flatMap((p, from) => (p.settled ? [] : [from]));
    this.removeFinished();
    const live = this.active;
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
      await this.#resize(Math.max(most, live + joining.length), needed);
    }
    const sources: (number | undefined)[] = this.#rows.map(() => undefined);
    for (const from of joining) {
      const row = this.#rows.indexOf(undefined);
      this.#rows[row] = prompts[from];
      sources[row] = from;
    }
    this.#cache = await this.allocator.copy(cache, this.#cache!, sources);
    await cache.dispose();
  }

  /**
   * One more token for every sequence.
   *
   * @param more whether others wait for the rows that are empty
   * @returns how many tokens
   */
  async step(more: boolean): Promise<number> {
    await this.#fit(more);
    const tokens = this.#rows.map(sequence => (sequence ? [sequence.ids.at(-1)!] : []));
    const rows = this.#rows.flatMap((sequence, row) => (sequence ? [row] : []));
    for (let asked = rows; asked.length > 0; ) {
      const samples = asked.map(row => ({ row, offset: 0, ...this.#rows[row]!.logitsRequest }));
      const { cache, logits } = await this.program.run({ cache: this.#cache!, tokens, samples });
      // After a top-k miss the same step runs again, for full logits of the sequences that need them.
      asked = asked.filter((row, i) => !this.#rows[row]!.appendToken(logits[i]!));
      if (asked.length === 0) this.#cache = cache;
    }
    return rows.length;
  }

  /** Empties rows. */
  #free(rows: readonly number[]): void {
    if (rows.length === 0) return;
    const freed = new Set(rows);
    this.#rows = this.#rows.map((sequence, row) => (freed.has(row) ? undefined : sequence));
    this.#cache = this.#cache!.withLengths(
      this.#cache!.lengths.map((length, row) => (freed.has(row) ? 0 : length)),
    );
  }

  async dispose(): Promise<void> {
    const cache = this.#cache;
    this.#cache = undefined;
    this.#rows = [];
    await cache?.dispose();
  }

  /** Gives the cache the size that the sequences need: no one waits for empty rows or positions. */
  async #fit(more: boolean): Promise<void> {
    const cache = this.#cache!;
    const live = this.active;
    const positions = Math.max(...cache.lengths) + 1;
    const tooSmall = positions > cache.capacity;
    const halfEmpty = !more && live <= this.#rows.length / 2;
    const tooLong = capacityFor(positions) <= cache.capacity / 2;
    if (!tooSmall && !halfEmpty && !tooLong) return;
    await this.#resize(more ? this.#rows.length : live, positions);
  }

  async #resize(rows: number, positions: number): Promise<void> {
    const cache = this.#cache!;
    const kept = this.#rows.flatMap((sequence, row) => (sequence ? [row] : []));
    const longest = Math.max(positions, ...kept.map(row => cache.lengths[row]! + 1));
    const sources = Array.from({ length: rows }, (_, row) => kept[row]);
    this.#rows = sources.map(row => (row === undefined ? undefined : this.#rows[row]));
    this.#cache = await this.allocator.rebuild(cache, sources, longest);
  }
}
