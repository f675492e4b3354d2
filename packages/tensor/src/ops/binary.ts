import { broadcastShapes, type Shape } from '../dim.js';
import type { Backward, Operand, OpSpec, Sample, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { cast } from './cast.js';
import { always, whenScores } from './cheap-to-recompute.js';
import { neg } from './unary.js';

const broadcast = ([a, b]: readonly Shape[], _attrs: object, fail: (message: string) => never): Shape =>
  broadcastShapes(a!, b!) ?? fail('the shapes do not broadcast: dimensions must be equal or 1');

const broadcasting: readonly Sample[] = [
  { inputs: [[2, 3], [3]] },
  {
    inputs: [
      [2, 1, 3],
      [4, 1],
    ],
  },
];

const arithmetic = (
  name: string,
  gradient: (backward: { a: Value; b: Value; y: Value; g: Value }) => [Value, Value],
  { range, ...declared }: Pick<OpSpec<object>, 'cheapToRecompute'> & Pick<Sample, 'range'> = {},
) =>
  defineOp<[a: Operand, b: Operand]>({
    name,
    arity: 2,
    elementwise: true,
    ...declared,
    shape: broadcast,
    gradient: ({ inputs: [a, b], output, upstream }: Backward<object>) =>
      gradient({ a: a!, b: b!, y: output, g: upstream }),
    samples: broadcasting.map(sample => ({ ...sample, ...(range && { range }) })),
  });

// Every operation broadcasts as NumPy does: dimensions agree when they are equal or one of them is 1.
export const add = arithmetic('add', ({ g }) => [g, g], { cheapToRecompute: whenScores });
export const sub = arithmetic('sub', ({ g }) => [g, neg(g)]);
export const mul = arithmetic('mul', ({ a, b, g }) => [mul(g, b), mul(g, a)], { cheapToRecompute: always });
export const div = arithmetic('div', ({ b, y, g }) => [div(g, b), neg(div(mul(g, y), b))], {
  range: [0.5, 2],
});
/** Elementwise maximum; where both are equal the gradient goes to the first. */
export const maximum = arithmetic('maximum', ({ a, b, g }) => {
  const first = cast(greaterEqual(a, b), { dtype: 'float32' });
  return [mul(g, first), mul(g, sub(1, first))];
});
/** Elementwise minimum; where both are equal the gradient goes to the first. */
export const minimum = arithmetic('minimum', ({ a, b, g }) => {
  const first = cast(lessEqual(a, b), { dtype: 'float32' });
  return [mul(g, first), mul(g, sub(1, first))];
});

/** max(x, 0). */
export const relu = (x: Value): Value => maximum(x, 0);

const comparison = (name: string) =>
  defineOp<[a: Operand, b: Operand]>({
    name,
    arity: 2,
    elementwise: true,
    shape: broadcast,
    dtype: () => 'bool',
    gradient: 'none',
    samples: broadcasting,
  });

export const equal = comparison('equal');
export const less = comparison('less');
export const lessEqual = comparison('lessEqual');
export const greater = comparison('greater');
export const greaterEqual = comparison('greaterEqual');

const bools: Sample[] = [
  {
    inputs: [
      { dtype: 'bool', shape: [4], data: Uint8Array.of(0, 1, 0, 1) },
      { dtype: 'bool', shape: [4], data: Uint8Array.of(0, 0, 1, 1) },
    ],
  },
];
const logical = (name: string) =>
  defineOp<[a: Value, b: Value]>({
    name,
    arity: 2,
    elementwise: true,
    shape: broadcast,
    dtype: () => 'bool',
    gradient: 'none',
    samples: bools,
  });

/** Both, of two bool values. */
export const and = logical('and');
/** Either, of two bool values. */
export const or = logical('or');
