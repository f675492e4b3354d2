import { type Dim, mulDims, reshape, transpose, type Value } from '@charter/tensor';

/**
 * Layout of tokens. Linear layers and norms see them one after the other, `[tokens, n]`; attention sees them in rows,
 * in which a query may see the keys of its own row only.
 */
export interface TokenLayout {
  /** int32, one for each token. */
  readonly positionIds: Value;
  /** `[tokens, heads, d]` → `[rows, heads, queries, d]` */
  queries(x: Value): Value;
  /** `[tokens, heads, d]` → `[rows, heads, keys, d]` */
  keys(x: Value): Value;
  /** Result of attention, `[rows, heads, queries, d]` → `[tokens, heads * d]` */
  join(x: Value): Value;
}

/** Tokens that stand in rows already: `positionIds` int32 `[rows, time]`, and all tokens are queries and keys. */
export const gridLayout = (positionIds: Value): TokenLayout => {
  const [rows, time] = positionIds.shape as [Dim, Dim];
  const split = (x: Value) => headsFirst(x, [rows, time]);
  return { positionIds, queries: split, keys: split, join: headsLast };
};

/** `[rows * time, heads, d]` → `[rows, heads, time, d]` */
export const headsFirst = (x: Value, [rows, time]: readonly [Dim, Dim]): Value =>
  transpose(reshape(x, { shape: [rows, time, x.shape[1]!, x.shape[2]!] }), { perm: [0, 2, 1, 3] });

/** `[rows, heads, time, d]` → `[rows * time, heads * d]` */
export const headsLast = (x: Value): Value => {
  const [rows, heads, time, d] = x.shape as [Dim, number, Dim, number];
  return reshape(transpose(x, { perm: [0, 2, 1, 3] }), { shape: [mulDims(rows, time), heads * d] });
};
