import { Graph, gather, int32, type Program, type Runtime } from '@charter/tensor';
import { type CacheLayout, capacityFor, KeyValueCache } from './key-value-cache.js';

/** Allocates the caches of a model, and larger or smaller ones with the same contents, which never leave the device. */
export class KeyValueCacheAllocator {
  #copyProgram: Promise<Program> | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly layout: CacheLayout,
  ) {}

  /** An empty cache for at least `positions` entries in each row, the shared prefix not counted. */
  create(rows: number, positions: number, prefix?: KeyValueCache): Promise<KeyValueCache> {
    return KeyValueCache.create(this.runtime, this.layout, {
      rows,
      capacity: capacityFor(positions),
      prefix,
    });
  }

  /** An empty cache of one row for a prefix of others. */
  createPrefix(positions: number): Promise<KeyValueCache> {
    return KeyValueCache.create(this.runtime, this.layout, { rows: 1, capacity: positions });
  }

  /**
   * Copies rows of one cache into another one.
   *
   * @param sources for each row of `to` the row of `from`; `undefined` leaves it as it is
   * @param maxEntries most entries to copy of each row
   * @returns `to` with the lengths of what was copied
   */
  async copy(
    from: KeyValueCache,
    to: KeyValueCache,
    sources: readonly (number | undefined)[],
    maxEntries = Number.POSITIVE_INFINITY,
  ): Promise<KeyValueCache> {
    if (sources.every(source => source === undefined)) return to;
    this.#copyProgram ??= this.#compileCopy();
    const program = await this.#copyProgram;
    const rows = int32(sources.map(source => source ?? 0));
    const start = new Int32Array(to.rows);
    const count = Int32Array.from(sources, source =>
      source === undefined ? 0 : Math.min(maxEntries, from.lengths[source]!),
    );
    for (const [name, tensor] of to.tensors) {
      await program.run(
        { source: from.tensors.get(name)!, rows },
        { copied: { tensor, axis: 2, start, count } },
      );
    }
    return to.withLengths(
      to.lengths.map((length, row) => (sources[row] === undefined ? length : count[row]!)),
    );
  }

  /** A new cache with the given rows of another one, which is disposed. */
  async rebuild(
    cache: KeyValueCache,
    sources: readonly (number | undefined)[],
    positions: number,
  ): Promise<KeyValueCache> {
    const empty = await this.create(sources.length, positions, cache.prefix);
    const result = await this.copy(cache, empty, sources);
    await cache.dispose();
    return result;
  }

  /** The cache itself where each row has capacity for its new tokens, else a larger one in its place. */
  async grown(cache: KeyValueCache, tokens: readonly (readonly number[])[]): Promise<KeyValueCache> {
    const needed = Math.max(...tokens.map((row, r) => cache.lengths[r]! + row.length));
    if (needed <= cache.capacity) return cache;
    const all = cache.lengths.map((_, row) => row);
    return this.rebuild(cache, all, needed);
  }

  async dispose(): Promise<void> {
    await (await this.#copyProgram)?.dispose();
  }

  #compileCopy(): Promise<Program> {
    const graph = new Graph();
    const { kv_heads, head_dim } = this.layout;
    const source = graph.input('source', 'float32', ['from_rows', kv_heads, 'past', head_dim]);
    graph.output('copied', gather(source, graph.input('rows', 'int32', ['to_rows'])));
    return this.runtime.compile(graph);
  }
}
