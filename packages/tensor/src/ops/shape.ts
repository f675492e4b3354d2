import { addDims, broadcastShapes, type Dim, formatShape, type Shape, sameShape, sizeOf } from '../dim.js';
import type { InputGradients, OpSpec, Value } from '../graph.js';
import { applyOp, defineOp, defineOpWith } from '../op.js';
import { sum } from './reduce.js';

/** The same elements in another shape; both shapes must hold equally many, symbols included. */
export const reshape = defineOp<[x: Value], { shape: Shape }>({
  name: 'reshape',
  arity: 1,
  shape([x], { shape }, fail) {
    if (sizeOf(x!) !== sizeOf(shape)) {
      fail(`${formatShape(shape)} holds ${sizeOf(shape)} elements, the input ${sizeOf(x!)}`);
    }
    return shape;
  },
  gradient: ({ inputs: [x], upstream }): InputGradients => [reshape(upstream, { shape: x!.shape })],
  samples: [{ inputs: [[2, 6]], attrs: { shape: [3, 4] } }],
});

/** Axes in another order: output axis i is input axis `perm[i]`. */
export const transpose = defineOp<[x: Value], { perm: readonly number[] }>({
  name: 'transpose',
  arity: 1,
  shape([x], { perm }, fail) {
    if ([...perm].sort((a, b) => a - b).some((axis, i) => axis !== i) || perm.length !== x!.length) {
      fail(`[${perm}] is no permutation of the ${x!.length} axes`);
    }
    return perm.map(axis => x![axis]!);
  },
  gradient: ({ upstream, attrs: { perm } }): InputGradients => [
    transpose(upstream, { perm: perm.map((_, i) => perm.indexOf(i)) }),
  ],
  samples: [
    { inputs: [[2, 3, 4]], attrs: { perm: [2, 0, 1] } },
    { inputs: [[2, 3]], attrs: { perm: [1, 0] } },
  ],
});

/** Swaps the last two axes. */
export const swapLast = (x: Value): Value => {
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return transpose(x, { perm });
};

/** Repeats dimensions of 1 up to `shape`. */
export const expand = defineOp<[x: Value], { shape: Shape }>({
  name: 'expand',
  arity: 1,
  shape([x], { shape }, fail) {
    const result = broadcastShapes(x!, shape);
    return result && sameShape(result, shape) ? shape : fail(`does not expand to ${formatShape(shape)}`);
  },
  // The differentiator sums the broadcast dimensions away.
  gradient: ({ upstream }): InputGradients => [upstream],
  samples: [{ inputs: [[2, 1]], attrs: { shape: [3, 2, 4] } }],
});

/** Sums a broadcast value back to the shape that it had before: the gradient of broadcasting. */
export const unbroadcast = (g: Value, shape: Shape): Value => {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  const axes = g.shape.flatMap((dim, i) => (i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : []));
  const summed = axes.length ? sum(g, { axes, keepdims: true }) : g;
  return lead ? reshape(summed, { shape }) : summed;
};

/** `x[…, start:end, …]` along `axis`; `end` may be symbolic, `start` too. */
export const slice = defineOp<[x: Value], { axis: number; start: Dim; end: Dim }>({
  name: 'slice',
  arity: 1,
  shape([x], { axis, start, end }, fail) {
    if (axis < 0 || axis >= x!.length) fail(`axis ${axis} does not exist`);
    const numbers = typeof start === 'number' && typeof end === 'number';
    if (numbers && (start < 0 || end < start)) fail(`${start}:${end} is no range`);
    if (numbers && typeof x![axis] === 'number' && end > x![axis])
      fail(`${start}:${end} exceeds ${x![axis]}`);
    const length = typeof start === 'number' ? addDims(end, -start) : addDims(end, `-1*${start}`);
    return x!.map((dim, i) => (i === axis ? length : dim));
  },
  gradient: ({ inputs: [x], upstream, attrs: { axis, start, end } }): InputGradients => {
    const dim = x!.shape[axis]!;
    const after = addDims(dim, typeof end === 'number' ? -end : `-1*${end}`);
    return [pad(upstream, { axis, before: start, after })];
  },
  samples: [
    { inputs: [[4, 3]], attrs: { axis: 0, start: 1, end: 3 } },
    { inputs: [[2, 3]], attrs: { axis: 1, start: 0, end: 2 } },
  ],
});

/** Zeros before and after, along `axis`: the gradient of `slice`. */
export const pad = defineOp<[x: Value], { axis: number; before: Dim; after: Dim }>({
  name: 'pad',
  arity: 1,
  shape: ([x], { axis, before, after }) =>
    x!.map((dim, i) => (i === axis ? addDims(addDims(dim, before), after) : dim)),
  gradient: ({ inputs: [x], upstream, attrs: { axis, before } }): InputGradients => [
    slice(upstream, { axis, start: before, end: addDims(before, x!.shape[axis]!) }),
  ],
  samples: [{ inputs: [[2, 3]], attrs: { axis: 1, before: 1, after: 2 } }],
});

const concatSpec: OpSpec<{ axis: number }> = {
  name: 'concat',
  shape(inputs, { axis }, fail) {
    const [first, ...rest] = inputs;
    if (!first) return fail('needs at least one value');
    if (axis < 0 || axis >= first.length) fail(`axis ${axis} does not exist`);
    for (const shape of rest) {
      if (shape.length !== first.length || shape.some((dim, i) => i !== axis && dim !== first[i])) {
        fail(`all dimensions but ${axis} must be equal`);
      }
    }
    return first.map((dim, i) => (i === axis ? rest.reduce<Dim>((n, s) => addDims(n, s[axis]!), dim) : dim));
  },
  gradient({ inputs, upstream, attrs: { axis } }): InputGradients {
    let start: Dim = 0;
    return inputs.map(input => {
      const end = addDims(start, input.shape[axis]!);
      const part = slice(upstream, { axis, start, end });
      start = end;
      return part;
    });
  },
  samples: [
    {
      inputs: [
        [2, 3],
        [2, 1],
      ],
      attrs: { axis: 1 },
    },
    {
      inputs: [
        [1, 2],
        [3, 2],
        [2, 2],
      ],
      attrs: { axis: 0 },
    },
  ],
};

/** Values one after the other along `axis` (counted from the front). */
export const concat = defineOpWith(
  concatSpec,
  (values: readonly Value[], attrs: { axis: number }): Value =>
    values.length === 1 ? values[0]! : applyOp(concatSpec, values, attrs),
);
