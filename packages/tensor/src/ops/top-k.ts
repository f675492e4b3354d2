import type { Shape } from '../dim.js';
import type { Value } from '../graph.js';
import { defineOp } from '../op.js';
import { equal } from './binary.js';
import { iota } from './random.js';
import { argmax, max } from './reduce.js';
import { concat, reshape } from './shape.js';
import { where } from './where.js';

const shape = ([x]: readonly Shape[], { k }: { k: number }, fail: (message: string) => never): Shape => {
  const size = x!.at(-1);
  if (size === undefined) return fail('a scalar has no axis');
  if (k < 1 || (typeof size === 'number' && k > size)) return fail(`there are no ${k} largest of ${size}`);
  return [...x!.slice(0, -1), k];
};

/** Takes the largest k times, and each time hides it from the next. */
const oneByOne = (x: Value, k: number, take: (rest: Value, best: Value) => Value): Value => {
  const column = [...x.shape.slice(0, -1), 1];
  const places = iota(x.graph, x.shape.at(-1)!);
  let rest = x;
  const taken: Value[] = [];
  for (let i = 0; i < k; i++) {
    const best = reshape(argmax(rest), { shape: column });
    taken.push(take(rest, best));
    rest = where(equal(places, best), Number.NEGATIVE_INFINITY, rest);
  }
  return concat(taken, { axis: x.shape.length - 1 });
};

const samples = [
  { inputs: [[3, 6]], attrs: { k: 2 } },
  {
    inputs: [{ dtype: 'float32' as const, shape: [5], data: Float32Array.of(1, 3, 1, 3, 0) }],
    attrs: { k: 4 },
  },
];

/**
 * The k largest elements along the last axis, largest first: `x [..., n]` → `[..., k]`.
 *
 * @param attrs.k at least 1, and at most n
 */
export const topKValues = defineOp<[x: Value], { k: number }>({
  name: 'topKValues',
  arity: 1,
  shape,
  gradient: 'none',
  decompose: ([x], { k }) => oneByOne(x!, k, rest => max(rest, { axes: [-1], keepdims: true })),
  samples,
});

/** Where they stand, int32 `[..., k]`; the first of equal ones before the others. */
export const topKIndices = defineOp<[x: Value], { k: number }>({
  name: 'topKIndices',
  arity: 1,
  shape,
  dtype: () => 'int32',
  gradient: 'none',
  decompose: ([x], { k }) => oneByOne(x!, k, (_, best) => best),
  samples,
});
