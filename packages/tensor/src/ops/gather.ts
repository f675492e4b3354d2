import { type Dim, sizeOf } from '../dim.js';
import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { int32 } from '../tensor.js';
import { add, lessEqual, mul } from './binary.js';
import { cast } from './cast.js';
import { reshape } from './shape.js';
import { where } from './where.js';

/** Rows of a table: `table [n, ...rest]` at int32 `indices [...i]` → `[...i, ...rest]`. Indices lie in `0 … n-1`. */
export const gather = defineOp<[table: Value, indices: Value]>({
  name: 'gather',
  arity: 2,
  shape: ([table, indices], _attrs, fail) =>
    table!.length ? [...indices!, ...table!.slice(1)] : fail('a scalar has no rows'),
  gradient: ({ inputs: [table, indices], upstream }): InputGradients => {
    const count = sizeOf(indices!.shape);
    return [
      scatterAddRows(
        reshape(upstream, { shape: [count, ...table!.shape.slice(1)] }),
        reshape(indices!, { shape: [count] }),
        { rows: table!.shape[0]! },
      ),
      undefined,
    ];
  },
  samples: [{ inputs: [[4, 3], int32([1, 3, 1])] }, { inputs: [[4], int32([2, 0, 0, 1], [2, 2])] }],
});

/** Adds rows into zeros: `updates [n, ...rest]` at int32 `indices [n]` → `[rows, ...rest]`. The gradient of `gather`. */
export const scatterAddRows = defineOp<[updates: Value, indices: Value], { rows: Dim }>({
  name: 'scatterAddRows',
  arity: 2,
  shape: ([updates, indices], { rows }, fail) =>
    indices!.length === 1 && updates![0] === indices![0]
      ? [rows, ...updates!.slice(1)]
      : fail('needs one index for each row of the updates'),
  gradient: ({ inputs: [, indices], upstream }): InputGradients => [gather(upstream, indices!), undefined],
  samples: [{ inputs: [[3, 2], int32([1, 0, 1])], attrs: { rows: 3 } }],
});

/** One element of each last axis: `x [..., n]` at int32 `indices [...]` → `[...]`. */
export const takeAlongLastAxis = defineOp<[x: Value, indices: Value]>({
  name: 'takeAlongLastAxis',
  arity: 2,
  shape: ([x, indices], _attrs, fail) =>
    indices!.length === x!.length - 1 && indices!.every((dim, i) => dim === x![i])
      ? indices!
      : fail('needs one index for each last axis'),
  gradient: ({ inputs: [x, indices], upstream }): InputGradients => [
    scatterLastAxis(upstream, indices!, { size: x!.shape.at(-1)! }),
    undefined,
  ],
  samples: [{ inputs: [[3, 4], int32([0, 3, 1])] }],
});

/** Zeros of `[..., size]` with `x [...]` at int32 `indices [...]` of the last axis: the gradient of `takeAlongLastAxis`. */
export const scatterLastAxis = defineOp<[x: Value, indices: Value], { size: Dim }>({
  name: 'scatterLastAxis',
  arity: 2,
  shape: ([x, indices], { size }, fail) =>
    x!.length === indices!.length ? [...x!, size] : fail('needs one index for each element'),
  gradient: ({ inputs: [, indices], upstream }): InputGradients => [
    takeAlongLastAxis(upstream, indices!),
    undefined,
  ],
  samples: [{ inputs: [[3], int32([0, 2, 1])], attrs: { size: 4 } }],
});

/** Rows at the indices; an index of -1 gives zeros, or any row if `zeros` is false. */
const gatherValid = (x: Value, indices: Value, { zeros }: { zeros: boolean }): Value => {
  const first = x.graph.constant(int32([0], []));
  const there = lessEqual(first, indices); // [m]
  const rows = gather(x, where(there, indices, first));
  if (!zeros) return rows;
  const mask = cast(there, { dtype: 'float32' });
  return mul(rows, reshape(mask, { shape: [mask.shape[0]!, ...x.shape.slice(1).map(() => 1)] }));
};

/**
 * Rows in another order: `x [n, ...rest]` at int32 `index [m]` → `[m, ...rest]`. No row is taken twice, and
 * `inverse [n]` is the position of each row in the result, so the gradient is the same operation with both swapped,
 * where that of `gather` adds into zeros. In `index`, -1 leaves a row empty; in `inverse`, it marks a row that is left
 * out.
 *
 * @param attrs.zeros true when -1 must give zeros, in `index` and in `inverse`; false: there is no -1, or the values of
 * such rows are never used
 */
export const permuteRows = defineOp<
  [x: Value, index: Value, inverse: Value],
  { zeros: readonly [index: boolean, inverse: boolean] }
>({
  name: 'permuteRows',
  arity: 3,
  shape: ([x, index, inverse], _attrs, fail) =>
    index!.length === 1 && inverse!.length === 1 && inverse![0] === x![0]
      ? [index![0]!, ...x!.slice(1)]
      : fail('needs one index for each new row, and one for each row'),
  decompose: ([x, index], { zeros }) => gatherValid(x!, index!, { zeros: zeros[0] }),
  gradient: ({ inputs: [, index, inverse], upstream, attrs: { zeros } }): InputGradients => [
    permuteRows(upstream, inverse!, index!, { zeros: [zeros[1], zeros[0]] }),
    undefined,
    undefined,
  ],
  samples: [
    { inputs: [[3, 2], int32([2, -1, 0, -1]), int32([2, -1, 0])], attrs: { zeros: [true, true] } },
    { inputs: [[3], int32([2, 0, 1]), int32([1, 2, 0])], attrs: { zeros: [false, false] } },
  ],
});

/**
 * `gather` for a table whose rows are nearly all taken exactly once, so that its gradient adds up the repeats only:
 * `x [n, ...rest]` at int32 `indices [m]` → `[m, ...rest]`.
 *
 * @param first int32 `[n]`: one position of each row in the result
 * @param repeats int32 `[c]`: all other positions, except those whose gradient is known to be 0; -1 is padding
 * @param repeatedRows int32 `[c]`: the row at each of those positions
 */
export const gatherWithRepeats = defineOp<
  [x: Value, indices: Value, first: Value, repeats: Value, repeatedRows: Value]
>({
  name: 'gatherWithRepeats',
  arity: 5,
  shape: ([x, indices, first, repeats, repeatedRows], _attrs, fail) =>
    first![0] === x![0] && repeats![0] === repeatedRows![0]
      ? [indices![0]!, ...x!.slice(1)]
      : fail('needs one position for each row, and one row for each repeat'),
  decompose: ([x, indices]) => gather(x!, indices!),
  gradient: ({ inputs: [x, , first, repeats, repeatedRows], upstream }): InputGradients => [
    add(
      gather(upstream, first!),
      scatterAddRows(gatherValid(upstream, repeats!, { zeros: true }), repeatedRows!, { rows: x!.shape[0]! }),
    ),
    undefined,
    undefined,
    undefined,
    undefined,
  ],
  samples: [
    {
      inputs: [[3, 2], int32([2, 0, 1, 2, 2]), int32([1, 2, 0]), int32([3, 4, -1]), int32([2, 2, 0])],
    },
  ],
});
