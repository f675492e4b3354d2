import { and, cast, equal, iota, less, or, reshape, scatterAddRows, sum, type Value } from '@charter/tensor';

/**
 * The same numbers in ascending order, float32 `[n]`. Each finds its place by counting those before it, which suits the
 * few pairs of a pass; gradients go back to where a number came from.
 */
export const sorted = (x: Value): Value => {
  const n = x.shape[0]!;
  const column = (v: Value) => reshape(v, { shape: [n, 1] });
  const row = (v: Value) => reshape(v, { shape: [1, n] });
  const index = iota(x.graph, n);
  // Of equal numbers the earlier one comes first, so that no two share a place.
  const tied = and(equal(row(x), column(x)), less(row(index), column(index)));
  const before = or(less(row(x), column(x)), tied); // [n, n]
  const rank = cast(sum(cast(before, { dtype: 'float32' }), { axes: [1] }), { dtype: 'int32' }); // [n]
  return reshape(scatterAddRows(column(x), rank, { rows: n }), { shape: [n] });
};
