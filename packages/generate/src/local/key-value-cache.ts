import { type DeviceTensor, type Feed, type Runtime, type TensorSlice, zeros } from '@charter/tensor';

/** Shape of a model's cache, without its rows and capacity. */
export interface CacheLayout {
  readonly layers: number;
  readonly kv_heads: number;
  readonly head_dim: number;
}

/** Attention reads whole tensors, so a cache is never much larger than what it holds. */
export const CAPACITY_STEP = 64;

/** Capacity of a cache for a number of positions: the next multiple of 64. */
export const capacityFor = (positions: number): number =>
  Math.ceil(positions / CAPACITY_STEP) * CAPACITY_STEP;

/**
 * Keys and values of earlier tokens, on the device: for each layer two tensors `[rows, kv_heads, capacity, head_dim]`
 * in which entry p of a row holds position p, counted from the end of the prefix that all rows share, if they do.
 * They are inputs of the decoder's program, which writes new entries into them in place. The object itself does not
 * change: `withLengths` gives one over the same tensors in which other entries are valid.
 */
export class KeyValueCache {
  private constructor(
    readonly layout: CacheLayout,
    readonly capacity: number,
    /** By the part of their names behind `past_key_values.` and `present.`, such as `0.key`. */
    readonly tensors: ReadonlyMap<string, DeviceTensor>,
    /** Full cache of one row that all rows begin with; it outlives this one. */
    readonly prefix: KeyValueCache | undefined,
    /** Number of valid entries in each row. */
    readonly lengths: readonly number[],
  ) {}

  static async create(
    runtime: Runtime,
    layout: CacheLayout,
    { rows, capacity, prefix }: { rows: number; capacity: number; prefix?: KeyValueCache | undefined },
  ): Promise<KeyValueCache> {
    const shape = [rows, layout.kv_heads, capacity, layout.head_dim];
    const placed = tensorNames(layout).map(async name => [name, await runtime.allocateZeros(shape)] as const);
    const lengths = Array.from({ length: rows }, () => 0);
    return new KeyValueCache(layout, capacity, new Map(await Promise.all(placed)), prefix, lengths);
  }

  /** The same tensors with another number of valid entries in each row. */
  withLengths(lengths: readonly number[]): KeyValueCache {
    return new KeyValueCache(this.layout, this.capacity, this.tensors, this.prefix, lengths);
  }

  get rows(): number {
    return this.lengths.length;
  }

  /** Positions before the first entry of each row. */
  get offset(): number {
    return this.prefix?.capacity ?? 0;
  }

  /** Inputs of the decoder's program. While all rows are empty they have one entry, which is masked: WebGPU takes no empty tensor. */
  feeds(): Record<string, Feed> {
    const { kv_heads, head_dim } = this.layout;
    const nothing = this.lengths.every(length => length === 0)
      ? zeros([this.rows, kv_heads, 1, head_dim])
      : undefined;
    return Object.fromEntries(
      [...this.tensors].map(([name, tensor]) => [`past_key_values.${name}`, nothing ?? tensor]),
    );
  }

  /** Inputs of the decoder's program for a cache of one row that is another cache's prefix. */
  prefixFeeds(): Record<string, Feed> {
    return Object.fromEntries(
      [...this.tensors].map(([name, tensor]) => [`prefix_key_values.${name}`, tensor]),
    );
  }

  /** Slices that the decoder's program writes: `counts[row]` new entries behind the valid ones of each row. */
  newEntries(counts: readonly number[]): Record<string, TensorSlice> {
    const start = Int32Array.from(this.lengths);
    const count = Int32Array.from(counts);
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
