import {
  add,
  addDims,
  and,
  concat,
  expand,
  type Graph,
  int32,
  iota,
  less,
  lessEqual,
  matmul,
  mul,
  reshape,
  slice,
  softmax,
  sub,
  swapLast,
  type Value,
} from '@charter/tensor';
import type { ModelConfig } from '../config/model-config.js';
import { type Attention, additiveMask, foldGroups, oncePerWindow, unfoldGroups } from './attention.js';
import { logSumOf, sharedPrefix } from './shared-prefix.js';

export interface CachedAttentionInputs {
  readonly pastLengths: Value;
  readonly positionIds: Value;
  readonly prefixLength?: Value | undefined;
}

/**
 * Attention of new tokens over a cache and over each other, for decoding.
 *
 * The cache enters as graph inputs `past_key_values.{layer}.key` and `.value`, float32
 * `[rows, kv_heads, past, head_dim]`, in which entry p holds position p; the new tokens' keys and values leave as
 * outputs `present.{layer}.key` and `.value`, float32 `[rows, kv_heads, time, head_dim]`. Scores over both are
 * computed separately and joined in one softmax, so the cache is neither copied nor an output. Rows may have different
 * lengths: new tokens are padded on the right, and what padding computes is never seen.
 *
 * With `prefixLength`, all rows begin with the same tokens, whose keys and values are held once: graph inputs
 * `prefix_key_values.{layer}.key` and `.value`, float32 `[1, kv_heads, prefix, head_dim]`. Entry p of the cache then
 * holds position `prefixLength + p`.
 *
 * @param inputs.pastLengths int32 `[rows]`: how many entries of the cache are valid
 * @param inputs.positionIds int32 `[rows, time]`: positions of the new tokens
 * @param inputs.prefixLength int32 `[]`: `prefix`, or 0 where rows share nothing and one entry stands in for it
 */
export const cachedAttention = (
  graph: Graph,
  config: ModelConfig,
  { pastLengths, positionIds, prefixLength }: CachedAttentionInputs,
): Attention => {
  const [rows, time] = positionIds.shape;
  const past = 'past';
  const shape = [rows!, config.num_key_value_heads, past, config.head_dim];
  const positions = reshape(positionIds, { shape: [rows!, time!, 1] });
  const within = (visible: Value, keyPositions: Value, window: number | undefined) =>
    window === undefined
      ? visible
      : and(visible, less(sub(positions, keyPositions), graph.constant(int32([window], []))));

  const pastMask = oncePerWindow(window => {
    const entry = iota(graph, past); // [past]
    const valid = less(entry, reshape(pastLengths, { shape: [rows!, 1, 1] })); // [rows, 1, past]
    const visible = expand(valid, { shape: [rows!, time!, past] });
    const keyPositions = prefixLength ? add(entry, prefixLength) : entry;
    return additiveMask(within(visible, keyPositions, window), config); // [rows, 1, group * time, past]
  });
  const presentMask = oncePerWindow(window => {
    const order = iota(graph, time!); // [time]
    const causal = lessEqual(order, reshape(order, { shape: [time!, 1] })); // [time, time]
    const visible = expand(causal, { shape: [rows!, time!, time!] });
    const keyPositions = reshape(positionIds, { shape: [rows!, 1, time!] });
    return additiveMask(within(visible, keyPositions, window), config); // [rows, 1, group * time, time]
  });

  const prefix = prefixLength && sharedPrefix(graph, config, { positions, prefixLength });

  return (q, k, v, { index, sliding_window, scale }) => {
    const pastKeys = graph.input(`past_key_values.${index}.key`, 'float32', shape);
    const pastValues = graph.input(`past_key_values.${index}.value`, 'float32', shape);
    graph.output(`present.${index}.key`, k);
    graph.output(`present.${index}.value`, v);
    const queries = mul(foldGroups(q, config), scale); // [rows, kv_heads, group * time, head_dim]
    const pastScores = add(matmul(queries, swapLast(pastKeys)), pastMask(sliding_window));
    const withPresent = matmul(queries, swapLast(k));
    // A single new token always sees itself.
    const presentScores = time === 1 ? withPresent : add(withPresent, presentMask(sliding_window));
    const scores = concat([pastScores, presentScores], { axis: 3 }); // [rows, kv_heads, group * time, past + time]
    const weights = softmax(scores);
    const pastWeights = slice(weights, { axis: 3, start: 0, end: past });
    const presentWeights = slice(weights, { axis: 3, start: past, end: addDims(past, time!) });
    const own = add(matmul(pastWeights, pastValues), matmul(presentWeights, v)); // [rows, kv_heads, group * time, head_dim]
    const attended = prefix
      ? prefix(queries, { attended: own, logSum: logSumOf(scores, weights) }, index, sliding_window)
      : own;
    return unfoldGroups(attended, time!, config); // [rows, heads, time, head_dim]
  };
};
