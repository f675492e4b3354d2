import { expand, mulDims, reshape, type Value, where } from '@charter/tensor';
import type { ModelConfig } from '../config/model-config.js';

/**
 * Attention of a layer: it differs between training on packed rows and decoding with a cache.
 *
 * @param q `[rows, heads, queries, head_dim]`, rotated
 * @param k `[rows, kv_heads, keys, head_dim]`, rotated
 * @param v `[rows, kv_heads, keys, head_dim]`
 * @returns `[rows, heads, queries, head_dim]`
 */
export type Attention = (q: Value, k: Value, v: Value, layer: AttentionLayer) => Value;

export interface AttentionLayer {
  /** Number of the layer, from 0. */
  readonly index: number;
  /** Number of positions, itself included, that a token attends to; undefined for all before it. */
  readonly sliding_window: number | undefined;
  /** Factor of the scores, usually `1 / sqrt(head_dim)`. */
  readonly scale: number;
}

/** Number added to a masked score. Minus infinity would make NaN of a row without any. */
export const HIDDEN = -1e9;

/**
 * Query heads that share a key and value head, one after the other in time, so that keys and values are not
 * repeated: `[rows, heads, time, d]` → `[rows, kv_heads, group * time, d]`.
 */
export const foldGroups = (q: Value, config: ModelConfig): Value => {
  const [rows, heads, time, d] = q.shape;
  const kvHeads = config.num_key_value_heads;
  return reshape(q, { shape: [rows!, kvHeads, mulDims((heads as number) / kvHeads, time!), d!] });
};

/** Undoes `foldGroups`. */
export const unfoldGroups = (x: Value, time: Value['shape'][number], config: ModelConfig): Value =>
  reshape(x, { shape: [x.shape[0]!, config.num_attention_heads, time, x.shape[3]!] });

/**
 * Mask that is added to the scores of folded queries.
 *
 * @param visible bool `[rows, time, keys]`
 * @returns float32 `[rows, 1, group * time, keys]`: 0 where visible, else a large negative number
 */
export const additiveMask = (visible: Value, config: ModelConfig): Value => {
  const [rows, time, keys] = visible.shape;
  const group = config.num_attention_heads / config.num_key_value_heads;
  const mask = reshape(where(visible, 0, HIDDEN), { shape: [rows!, 1, 1, time!, keys!] });
  const repeated = expand(mask, { shape: [rows!, 1, group, time!, keys!] });
  return reshape(repeated, { shape: [rows!, 1, mulDims(group, time!), keys!] });
};

/** Computes something once for each sliding window, instead of once for each layer. */
export const oncePerWindow = <T>(build: (sliding_window: number | undefined) => T) => {
  const built = new Map<number | undefined, T>();
  return (sliding_window: number | undefined): T => {
    const known = built.get(sliding_window) ?? build(sliding_window);
    built.set(sliding_window, known);
    return known;
  };
};
