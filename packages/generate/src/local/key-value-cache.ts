import { type DeviceTensor, type Feed, type Runtime, type TensorSlice, zeros } from '@charter/tensor';

/** What a model's cache looks like, whatever its size. */
export interface CacheLayout {
  readonly layers: number;
  readonly kv_heads: number;
  readonly head_dim: number;
}

/** Attention reads whole tensors, so a cache is never much larger than what it holds. */
export const CAPACITY_STEP = 64;

/** The capacity for so many positions: the next multiple of 64. */
export const capacityFor = (positions: number): number =>
  Math.ceil(positions / CAPACITY_STEP) * CAPACITY_STEP;

/**
 * Keys and values of earlier tokens, on the device: for each layer two tensors `[rows, kv_heads, capacity, head_dim]`
 * in which entry p of a row holds position p, counted from the end of the prefix that all rows share, if they do.
 * They are inputs of the decoder's program; what a run adds is written into them in place.
 */
export class KeyValueCache {
  /** How many entries of each row are valid. */
  readonly lengths: Int32Array;

  private constructor(
    readonly layout: CacheLayout,
    readonly rows: number,
    readonly capacity: number,
    /** By the part of their names behind `past_key_values.` and `present.`, such as `0.key`. */
    readonly tensors: ReadonlyMap<string, DeviceTensor>,
    /** What all rows begin with: a full cache of one row, which outlives this one. */
    readonly prefix: KeyValueCache | undefined,
  ) {
    this.lengths = new Int32Array(rows);
  }

  static async create(
    runtime: Runtime,
    layout: CacheLayout,
    { rows, capacity, prefix }: { rows: number; capacity: number; prefix?: KeyValueCache | undefined },
  ): Promise<KeyValueCache> {
    const shape = [rows, layout.kv_heads, capacity, layout.head_dim];
    const placed = tensorNames(layout).map(async name => [name, await runtime.allocateZeros(shape)] as const);
    return new KeyValueCache(layout, rows, capacity, new Map(await Promise.all(placed)), prefix);
  }

  /** Positions before the first entry of each row. */
  get offset(): number {
    return this.prefix?.capacity ?? 0;
  }

  /** What the decoder's program reads: while all rows are empty one entry, which is never seen. WebGPU takes no empty tensor. */
  feeds(): Record<string, Feed> {
    const { kv_heads, head_dim } = this.layout;
    const nothing = this.lengths.every(length => length === 0)
      ? zeros([this.rows, kv_heads, 1, head_dim])
      : undefined;
    return Object.fromEntries(
      [...this.tensors].map(([name, tensor]) => [`past_key_values.${name}`, nothing ?? tensor]),
    );
  }

  /** What it reads of a cache of one row as the prefix of another cache. */
  prefixFeeds(): Record<string, Feed> {
    return Object.fromEntries(
      [...this.tensors].map(([name, tensor]) => [`prefix_key_values.${name}`, tensor]),
    );
  }

  /** Where the decoder's program writes `count[row]` new entries of each row. */
  newEntries(count: Int32Array): Record<string, TensorSlice> {
    const start = this.lengths.slice();
    return Object.fromEntries(
      [...this.tensors].map(([name, tensor]) => [`present.${name}`, { tensor, axis: 2, start, count }]),
    );
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.tensors.values()].map(tensor => tensor.dispose()));
  }
}

const tensorNames = ({ layers }: CacheLayout): string[] =>
  Array.from({ length: layers }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();
