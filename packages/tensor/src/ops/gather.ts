import { type Dim, sizeOf } from '../dim.js';
import type { Value } from '../graph.js';
import { defineOp, type InputGradients } from '../op.js';
import { int32 } from '../tensor.js';
import { reshape } from './shape.js';

/** Rows of a table: `table [n, ...rest]` at int32 `indices [...i]` → `[...i, ...rest]`. Indices lie in `0 … n-1`. */
export const gather = defineOp<[table: Value, indices: Value]>({
  name: 'gather',
  arity: 2,
  shape: ([table, indices], _attrs, fail) =>
    table!.length ? [...indices!, ...table!.slice(1)] : fail('a scalar has no rows'),
  gradient: ({ inputs: [table, indices], upstream }): InputGradients => {
    const count = sizeOf(indices!.shape);
    return [
      scatterRows(
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
export const scatterRows = defineOp<[updates: Value, indices: Value], { rows: Dim }>({
  name: 'scatterRows',
  arity: 2,
  shape: ([updates, indices], { rows }, fail) =>
    indices!.length === 1 && updates![0] === indices![0]
      ? [rows, ...updates!.slice(1)]
      : fail('needs one index for each row of the updates'),
  gradient: ({ inputs: [, indices], upstream }): InputGradients => [gather(upstream, indices!), undefined],
  samples: [{ inputs: [[3, 2], int32([1, 0, 1])], attrs: { rows: 3 } }],
});

/** One element of each last axis: `x [..., n]` at int32 `indices [...]` → `[...]`. */
export const pick = defineOp<[x: Value, indices: Value]>({
  name: 'pick',
  arity: 2,
  shape: ([x, indices], _attrs, fail) =>
    indices!.length === x!.length - 1 && indices!.every((dim, i) => dim === x![i])
      ? indices!
      : fail('needs one index for each last axis'),
  gradient: ({ inputs: [x, indices], upstream }): InputGradients => [
    place(upstream, indices!, { size: x!.shape.at(-1)! }),
    undefined,
  ],
  samples: [{ inputs: [[3, 4], int32([0, 3, 1])] }],
});

/** Zeros of `[..., size]` with `x [...]` at int32 `indices [...]` of the last axis: the gradient of `pick`. */
export const place = defineOp<[x: Value, indices: Value], { size: Dim }>({
  name: 'place',
  arity: 2,
  shape: ([x, indices], { size }, fail) =>
    x!.length === indices!.length ? [...x!, size] : fail('needs one index for each element'),
  gradient: ({ inputs: [, indices], upstream }): InputGradients => [pick(upstream, indices!), undefined],
  samples: [{ inputs: [[3], int32([0, 2, 1])], attrs: { size: 4 } }],
});
