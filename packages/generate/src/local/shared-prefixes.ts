import { commonPrefixLength } from '@charter/tokenizer';
import type { KeyValueCache } from './key-value-cache.js';
import { appendTokens, type PrefillContext } from './prefill.js';
import { sharedPrefixLength } from './prefix-length.js';

/** The beginning of several prompts, computed once. */
export interface Prefix {
  readonly ids: readonly number[];
  /** One row, filled to its capacity. */
  readonly cache: KeyValueCache;
}

interface Entry {
  readonly ids: readonly number[];
  readonly prefix: Promise<Prefix>;
  /** Number of users now. Only an unused prefix is evicted. */
  holders: number;
}

export interface SharedPrefixesOptions extends PrefillContext {
  /** Most positions kept, over all prefixes. */
  positions: number;
  /** Called when a prefix has been computed. */
  onRun?: ((run: { prompt_tokens: number; completion_tokens: number; seconds: number }) => void) | undefined;
}

/** Number of recent prompts that a new one is compared with. */
const REMEMBERED = 64;

/**
 * Prefixes that prompts have in common, such as a constitution's examples: each is computed once and kept in a cache
 * of limited size. The least recently used is evicted first.
 */
export class SharedPrefixes {
  readonly #prompts: (readonly number[])[] = [];
  /** The one used last is last. */
  #entries: Entry[] = [];

  constructor(private readonly options: SharedPrefixesOptions) {}

  /** Announces a prompt that will come, so that prompts before it know that they share its beginning. */
  announce(prompt: readonly number[]): void {
    this.#prompts.push(prompt);
    if (this.#prompts.length > REMEMBERED) this.#prompts.shift();
  }

  /**
   * Prefix that a prompt should begin with. The caller releases it in the end.
   *
   * @param prompt an announced one
   * @param limit how many of its tokens may be part of a prefix
   * @param among takes one of these or none, and computes no other
   */
  async acquire(
    prompt: readonly number[],
    limit: number,
    among?: ReadonlySet<Prefix>,
  ): Promise<Prefix | undefined> {
    if (prompt.length > this.options.program.prefixStableUpTo) return undefined;
    const held = among && new Set([...among].map(({ ids }) => ids));
    const entry = this.#longest(prompt, limit, held);
    const length = among ? 0 : this.#wantedLength(prompt, limit);
    if (length > (entry?.ids.length ?? 0) && this.#evict(length)) {
      return this.#hold(this.#create(prompt.slice(0, length)));
    }
    return entry && this.#hold(entry);
  }

  release(prefix: Prefix): void {
    for (const entry of this.#entries) if (entry.ids === prefix.ids) entry.holders -= 1;
  }

  /** True when a prompt would get this prefix (none when it is undefined) without computing another one. */
  suits(prompt: readonly number[], limit: number, prefix: Prefix | undefined): boolean {
    if (prompt.length > this.options.program.prefixStableUpTo) return prefix === undefined;
    const longest = this.#longest(prompt, limit);
    return longest?.ids === prefix?.ids && this.#wantedLength(prompt, limit) <= (longest?.ids.length ?? 0);
  }

  async dispose(): Promise<void> {
    const entries = this.#entries;
    this.#entries = [];
    await Promise.all(entries.map(disposeEntry));
  }

  #wantedLength(prompt: readonly number[], limit: number): number {
    if (this.options.positions === 0) return 0;
    const others = this.#prompts.filter(other => other !== prompt);
    return sharedPrefixLength(prompt.slice(0, limit), others);
  }

  #longest(
    prompt: readonly number[],
    limit: number,
    among?: ReadonlySet<readonly number[]>,
  ): Entry | undefined {
    let longest: Entry | undefined;
    for (const entry of this.#entries) {
      const { length } = entry.ids;
      if (length > limit || length <= (longest?.ids.length ?? 0) || (among && !among.has(entry.ids)))
        continue;
      if (commonPrefixLength(entry.ids, prompt) === length) longest = entry;
    }
    return longest;
  }

  async #hold(entry: Entry): Promise<Prefix> {
    entry.holders += 1;
    this.#entries = [...this.#entries.filter(other => other !== entry), entry];
    return entry.prefix;
  }

  /** Evicts the least recently used; false when those in use leave too little room. */
  #evict(positions: number): boolean {
    let over = this.#entries.reduce((n, { ids }) => n + ids.length, positions) - this.options.positions;
    const evicted: Entry[] = [];
    for (const entry of this.#entries) {
      if (over <= 0) break;
      if (entry.holders > 0) continue;
      evicted.push(entry);
      over -= entry.ids.length;
    }
    if (over > 0) return false;
    this.#entries = this.#entries.filter(entry => !evicted.includes(entry));
    for (const entry of evicted) void disposeEntry(entry);
    return true;
  }

  #create(ids: readonly number[]): Entry {
    const entry: Entry = { ids, holders: 0, prefix: this.#compute(ids) };
    entry.prefix.catch(() => {
      this.#entries = this.#entries.filter(other => other !== entry);
    });
    return entry;
  }

  /** Copies the part that another prefix has, and computes the rest. */
  async #compute(ids: readonly number[]): Promise<Prefix> {
    const { allocator, onRun } = this.options;
    const begin = performance.now();
    let common = 0;
    let source: Entry | undefined;
    for (const entry of this.#entries) {
      const length = commonPrefixLength(entry.ids, ids);
      if (length > common) [common, source] = [length, entry];
    }
    let start = await allocator.create(1, Math.max(common, 1));
    if (source) {
      source.holders += 1;
      start = await allocator.copy((await source.prefix).cache, start, [0], common);
      source.holders -= 1;
    }
    const { cache: computed } = await appendTokens(this.options, start, [ids.slice(common)]);
    const cache = await allocator.copy(computed, await allocator.createPrefix(ids.length), [0]);
    await computed.dispose();
    onRun?.({
      prompt_tokens: ids.length - common,
      completion_tokens: 0,
      seconds: (performance.now() - begin) / 1000,
    });
    return { ids, cache };
  }
}

const disposeEntry = async ({ prefix }: Entry): Promise<void> => {
  await prefix.then(
    ({ cache }) => cache.dispose(),
    () => undefined,
  );
};
