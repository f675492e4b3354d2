import type { Dim, Shape } from '../dim.js';
import type { Graph, InputGradients, OpSpec, Sample, Value } from '../graph.js';
import { applyOp, defineOp, defineOpWith } from '../op.js';
import { div, equal, mul } from './binary.js';
import { cast } from './cast.js';
import { expand, reshape } from './shape.js';

export interface ReduceAttrs {
  /** Axes to reduce, which may count from the end. */
  readonly axes: readonly number[];
  /** Keeps the reduced axes as dimensions of 1. */
  readonly keepdims?: boolean;
}

const reduced = (x: Shape, { axes, keepdims }: ReduceAttrs, fail: (message: string) => never): Shape => {
  const gone = new Set(axes.map(axis => (axis < 0 ? axis + x.length : axis)));
  for (const axis of gone) if (axis < 0 || axis >= x.length) fail(`axis ${axis} does not exist`);
  return keepdims ? x.map((dim, i) => (gone.has(i) ? 1 : dim)) : x.filter((_, i) => !gone.has(i));
};

const kept = (x: Shape, { axes }: ReduceAttrs): Shape =>
  x.map((dim, i) => (axes.includes(i) || axes.includes(i - x.length) ? 1 : dim));

const samples: Sample<ReduceAttrs>[] = [
  { inputs: [[2, 3]], attrs: { axes: [-1] } },
  { inputs: [[2, 3, 2]], attrs: { axes: [0, 2], keepdims: true } },
];

/** Spreads a reduction's gradient back over what it reduced. */
const spread = (x: Value, g: Value, attrs: ReduceAttrs): Value =>
  expand(reshape(g, { shape: kept(x.shape, attrs) }), { shape: x.shape });

export const sum = defineOp<[x: Value], ReduceAttrs>({
  name: 'sum',
  arity: 1,
  shape: ([x], attrs, fail) => reduced(x!, attrs, fail),
  gradient: ({ inputs: [x], upstream, attrs }): InputGradients => [spread(x!, upstream, attrs)],
  samples,
});

export const mean = defineOp<[x: Value], ReduceAttrs>({
  name: 'mean',
  arity: 1,
  shape: ([x], attrs, fail) => reduced(x!, attrs, fail),
  gradient: ({ inputs: [x], upstream, attrs }): InputGradients => {
    const count = kept(x!.shape, attrs)
      .map((dim, i) => (dim === x!.shape[i] ? undefined : dimSize(x!.graph, x!.shape[i]!)))
      .reduce<Value | undefined>((n, size) => (n && size ? mul(n, size) : (n ?? size)), undefined);
    return [spread(x!, count ? div(upstream, count) : upstream, attrs)];
  },
  samples,
});

/** Largest element; where several are equal each gets the gradient. */
export const max = defineOp<[x: Value], ReduceAttrs>({
  name: 'max',
  arity: 1,
  shape: ([x], attrs, fail) => reduced(x!, attrs, fail),
  gradient: ({ inputs: [x], output, upstream, attrs }): InputGradients => [
    mul(cast(equal(x!, spread(x!, output, attrs)), { dtype: 'float32' }), spread(x!, upstream, attrs)),
  ],
  samples,
});

/** Index of the largest element along the last axis, int32; the first of equal ones. */
export const argmax = defineOp<[x: Value]>({
  name: 'argmax',
  arity: 1,
  shape: ([x], _attrs, fail) => (x!.length ? x!.slice(0, -1) : fail('a scalar has no axis')),
  dtype: () => 'int32',
  gradient: 'none',
  samples: [{ inputs: [[3, 4]] }],
});

const dimSizeSpec: OpSpec<{ dim: Dim }> = {
  name: 'dimSize',
  shape: () => [],
  dtype: () => 'float32',
  gradient: 'none',
  samples: [],
};

/** The size of a dimension as a float32 scalar. */
export const dimSize = defineOpWith(
  dimSizeSpec,
  (graph: Graph, dim: Dim): Value =>
    typeof dim === 'number' ? graph.number(dim) : applyOp(dimSizeSpec, [], { dim }, graph),
);
