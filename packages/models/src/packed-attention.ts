import {
  and,
  attention,
  equal,
  int32,
  iota,
  less,
  lessEqual,
  or,
  reshape,
  sub,
  type Value,
} from '@charter/tensor';
import { type Attention, additiveMask, foldGroups, oncePerWindow, unfoldGroups } from './attention.js';
import type { ModelConfig } from './model-config.js';

/**
 * Attention over rows that hold several examples, one after the other. Token i sees token j of its row when j ≤ i,
 * both have the same segment, j's branch is 0 or i's own, and i's position is less than a sliding window after j's.
 *
 * Branches are continuations of one prompt: the prompt is branch 0, each continuation has a number of its own and
 * positions that follow the prompt's, so that a prompt shared by a chosen and a rejected answer is computed once.
 * Padding is a segment of its own.
 *
 * @param inputs.segmentIds int32 `[rows, time]`
 * @param inputs.branchIds int32 `[rows, time]`
 * @param inputs.positionIds int32 `[rows, time]`
 */
export const packedAttention = (
  config: ModelConfig,
  {
    segmentIds,
    branchIds,
    positionIds,
  }: { readonly segmentIds: Value; readonly branchIds: Value; readonly positionIds: Value },
): Attention => {
  const { graph } = segmentIds;
  const [rows, time] = segmentIds.shape;
  const asQuery = (ids: Value) => reshape(ids, { shape: [rows!, time!, 1] });
  const asKey = (ids: Value) => reshape(ids, { shape: [rows!, 1, time!] });
  const order = iota(graph, time!); // [time]
  const trunk = graph.constant(int32([0], []));

  const mask = oncePerWindow(window => {
    const causal = lessEqual(order, reshape(order, { shape: [time!, 1] })); // [time, time]
    const sameSegment = equal(asQuery(segmentIds), asKey(segmentIds)); // [rows, time, time]
    const sameBranch = or(equal(asKey(branchIds), trunk), equal(asQuery(branchIds), asKey(branchIds)));
    let visible = and(and(sameSegment, sameBranch), causal);
    if (window !== undefined) {
      const distance = sub(asQuery(positionIds), asKey(positionIds));
      visible = and(visible, less(distance, graph.constant(int32([window], []))));
    }
    return additiveMask(visible, config); // [rows, 1, group * time, time]
  });

  return (q, k, v, { sliding_window, scale }) => {
    const queries = foldGroups(q, config); // [rows, kv_heads, group * time, head_dim]
    const attended = attention(queries, k, v, mask(sliding_window), { scale });
    return unfoldGroups(attended, time!, config); // [rows, heads, time, head_dim]
  };
};
