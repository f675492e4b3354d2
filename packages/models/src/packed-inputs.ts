import {
  and,
  attention,
  equal,
  type Graph,
  gather,
  int32,
  less,
  lessEqual,
  maximum,
  mulDims,
  regroup,
  repeatRows,
  reshape,
  sub,
  type Value,
} from '@charter/tensor';
import { type Attention, additiveMask, foldGroups, oncePerWindow, unfoldGroups } from './attention.js';
import type { DecoderInputs } from './decoder.js';
import type { ModelConfig } from './model-config.js';
import { headsFirst, headsLast, type TokenLayout } from './token-layout.js';

/**
 * What `decoder` reads of the texts that `packTexts` lays out, as inputs of the graph. Linear layers see each token
 * once and no padding. A token sees those of its text up to its own position, as far as a sliding window reaches.
 */
export const packedInputs = (graph: Graph, config: ModelConfig): DecoderInputs => {
  const input = (name: string, ...shape: string[]) => graph.input(name, 'int32', shape);
  const positionIds = input('position_ids', 'tokens');
  const queryIndex = input('query_index', 'rows', 'queries');
  const keyIndex = input('key_index', 'rows', 'keys');
  const grid = {
    queryIndex,
    keyIndex,
    querySlots: input('query_slots', 'tokens'),
    keySlots: input('key_slots', 'tokens'),
    copySlots: input('copy_slots', 'copies'),
    copyTokens: input('copy_tokens', 'copies'),
  };
  return {
    inputIds: input('input_ids', 'tokens'),
    layout: packedLayout(positionIds, grid),
    attention: packedAttention(config, {
      queries: { segments: input('query_segments', 'rows', 'queries'), index: queryIndex },
      keys: { segments: input('key_segments', 'rows', 'keys'), index: keyIndex },
      positionIds,
    }),
  };
};

interface Grid {
  readonly queryIndex: Value;
  readonly keyIndex: Value;
  readonly querySlots: Value;
  readonly keySlots: Value;
  readonly copySlots: Value;
  readonly copyTokens: Value;
}

const flat = (ids: Value): Value => {
  const [rows, columns] = ids.shape;
  return reshape(ids, { shape: [mulDims(rows!, columns!)] });
};

const packedLayout = (
  positionIds: Value,
  { queryIndex, keyIndex, querySlots, keySlots, copySlots, copyTokens }: Grid,
): TokenLayout => {
  const asRow = (x: Value) =>
    reshape(x, { shape: [x.shape[0]!, (x.shape[1] as number) * (x.shape[2] as number)] });
  const inRows = (grid: Value, like: Value, taken: Value) => {
    const [rows, time] = grid.shape;
    return headsFirst(reshape(taken, { shape: [taken.shape[0]!, like.shape[1]!, like.shape[2]!] }), [
      rows!,
      time!,
    ]);
  };
  return {
    positionIds,
    queries: x =>
      inRows(queryIndex, x, regroup(asRow(x), flat(queryIndex), querySlots, { zeros: [false, false] })),
    keys: x => inRows(keyIndex, x, repeatRows(asRow(x), flat(keyIndex), keySlots, copySlots, copyTokens)),
    // What a place without a query gives goes nowhere, so nothing must come back to it.
    join: x => regroup(headsLast(x), querySlots, flat(queryIndex), { zeros: [false, true] }),
  };
};

/** Places in rows, int32 `[rows, n]` each. */
interface Places {
  /** Text that a place belongs to. */
  readonly segments: Value;
  /** Token that stands there, -1 for none. */
  readonly index: Value;
}

const packedAttention = (
  config: ModelConfig,
  { queries, keys, positionIds }: { queries: Places; keys: Places; positionIds: Value },
): Attention => {
  const { graph } = positionIds;
  const [rows, queryCount] = queries.index.shape;
  const keyCount = keys.index.shape[1]!;
  const asQuery = (ids: Value) => reshape(ids, { shape: [rows!, queryCount!, 1] });
  const asKey = (ids: Value) => reshape(ids, { shape: [rows!, 1, keyCount] });
  const positionsAt = ({ index }: Places) =>
    gather(positionIds, maximum(index, graph.constant(int32([0], []))));
  const [queryPositions, keyPositions] = [asQuery(positionsAt(queries)), asKey(positionsAt(keys))];

  const mask = oncePerWindow(window => {
    const sameText = equal(asQuery(queries.segments), asKey(keys.segments)); // [rows, queries, keys]
    let visible = and(sameText, lessEqual(keyPositions, queryPositions));
    if (window !== undefined) {
      const distance = sub(queryPositions, keyPositions);
      visible = and(visible, less(distance, graph.constant(int32([window], []))));
    }
    return additiveMask(visible, config); // [rows, 1, group * queries, keys]
  });

  return (q, k, v, { sliding_window, scale }) => {
    const folded = foldGroups(q, config); // [rows, kv_heads, group * queries, head_dim]
    const attended = attention(folded, k, v, mask(sliding_window), { scale });
    return unfoldGroups(attended, queryCount!, config); // [rows, heads, queries, head_dim]
  };
};
