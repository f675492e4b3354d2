import {
  and,
  attention,
  concat,
  type Dim,
  equal,
  type Graph,
  gather,
  gatherWithRepeats,
  int32,
  less,
  lessEqual,
  mulDims,
  permuteRows,
  reshape,
  slice,
  sub,
  type Value,
} from '@charter/tensor';
import {
  type Attention,
  additiveMask,
  foldGroups,
  oncePerWindow,
  unfoldGroups,
} from '../attention/attention.js';
import { headsFirst, headsLast, type TokenLayout } from '../attention/token-layout.js';
import type { ModelConfig } from '../config/model-config.js';
import type { DecoderInputs } from '../decoder/decoder.js';

/**
 * Rows of attention are cut into this number of blocks: a block of queries sees the keys of its own and of the blocks before
 * it, so that more than a third of the scores, those of later keys, are never computed.
 */
export const ATTENTION_BLOCKS = 2;

/**
 * Inputs of a graph for the texts that `packTexts` lays out, as `decoder` reads them. Linear layers see each token
 * once and no padding. A token sees those of its text up to its own position, as far as a sliding window reaches.
 */
export const packedInputs = (graph: Graph, config: ModelConfig): DecoderInputs => {
  const input = (name: string, ...shape: Dim[]) => graph.input(name, 'int32', shape);
  const positionIds = input('position_ids', 'tokens');
  const perSlot = (name: string) => {
    const blocks = input(name, 'rows', ATTENTION_BLOCKS, 'block');
    return reshape(blocks, { shape: ['rows', mulDims(ATTENTION_BLOCKS, 'block')] }); // [rows, time]
  };
  const slotTokens = perSlot('slot_tokens');
  return {
    inputIds: input('input_ids', 'tokens'),
    layout: packedLayout(positionIds, {
      slotTokens,
      ownTokens: perSlot('own_tokens'),
      tokenSlots: input('token_slots', 'tokens'),
      copySlots: input('copy_slots', 'copies'),
      copyTokens: input('copy_tokens', 'copies'),
    }),
    attention: packedAttention(config, {
      segments: perSlot('segments'),
      positions: gather(positionIds, slotTokens),
    }),
  };
};

interface Slots {
  /** Token that stands in each slot, any in an empty one: int32 `[rows, time]`. */
  readonly slotTokens: Value;
  /** The same, -1 in empty slots and in those of copies. */
  readonly ownTokens: Value;
  /** Slot of each token, `row · time + column`: int32 `[tokens]`. */
  readonly tokenSlots: Value;
  /** Further slots in which tokens stand, -1 for none, and the tokens: int32 `[copies]`. */
  readonly copySlots: Value;
  readonly copyTokens: Value;
}

const packedLayout = (
  positionIds: Value,
  { slotTokens, ownTokens, tokenSlots, copySlots, copyTokens }: Slots,
): TokenLayout => {
  const [rows, time] = slotTokens.shape as [Dim, Dim];
  const flat = (ids: Value) => reshape(ids, { shape: [mulDims(rows, time)] });
  const inRows = (x: Value, place: (x: Value) => Value) => {
    const [tokens, heads, d] = x.shape as [Dim, number, number];
    const placed = place(reshape(x, { shape: [tokens, heads * d] }));
    return headsFirst(reshape(placed, { shape: [placed.shape[0]!, heads, d] }), [rows, time]);
  };
  return {
    positionIds,
    // Results of a copy or an empty slot are not used, and get no gradient.
    queries: x => inRows(x, y => permuteRows(y, flat(slotTokens), tokenSlots, { zeros: [false, false] })),
    keys: x => inRows(x, y => gatherWithRepeats(y, flat(slotTokens), tokenSlots, copySlots, copyTokens)),
    join: x => permuteRows(headsLast(x), tokenSlots, flat(ownTokens), { zeros: [false, true] }),
  };
};

/**
 * @param slots.segments the text to which each slot belongs: int32 `[rows, time]`
 * @param slots.positions the position in it
 */
const packedAttention = (
  config: ModelConfig,
  { segments, positions }: { readonly segments: Value; readonly positions: Value },
): Attention => {
  const { graph } = segments;
  const [rows] = segments.shape as [Dim];
  const upTo = (blocks: number): Dim => (blocks === 0 ? 0 : mulDims(blocks, 'block'));
  const part = (x: Value, axis: number, from: number, to: number) =>
    slice(x, { axis, start: upTo(from), end: upTo(to) });

  const maskOf = (block: number, window: number | undefined) => {
    const asQuery = (x: Value) => reshape(part(x, 1, block, block + 1), { shape: [rows, 'block', 1] });
    const asKey = (x: Value) => reshape(part(x, 1, 0, block + 1), { shape: [rows, 1, upTo(block + 1)] });
    const [query, key] = [asQuery(positions), asKey(positions)];
    let visible = and(equal(asQuery(segments), asKey(segments)), lessEqual(key, query)); // [rows, block, keys]
    if (window !== undefined)
      visible = and(visible, less(sub(query, key), graph.constant(int32([window], []))));
    return additiveMask(visible, config); // [rows, 1, group * block, keys]
  };
  const blocks = Array.from({ length: ATTENTION_BLOCKS }, (_, block) => block);
  const masks = oncePerWindow(window => blocks.map(block => maskOf(block, window)));

  return (q, k, v, { sliding_window, scale }) => {
    const attended = blocks.map(block => {
      const queries = foldGroups(part(q, 2, block, block + 1), config); // [rows, kv_heads, group * block, head_dim]
      const [keys, values] = [k, v].map(x => part(x, 2, 0, block + 1)) as [Value, Value];
      const mask = masks(sliding_window)[block]!;
      return unfoldGroups(attention(queries, keys, values, mask, { scale }), 'block', config);
    });
    return concat(attended, { axis: 2 }); // [rows, heads, time, head_dim]
  };
};
