import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { add, div, mul, sub } from './binary.js';
import { always } from './cheap-to-recompute.js';

const unary = (
  name: string,
  gradient: (x: Value, y: Value, upstream: Value) => Value,
  range?: readonly [number, number],
) =>
  defineOp<[x: Value]>({
    name,
    arity: 1,
    elementwise: true,
    shape: ([x]) => x!,
    gradient: ({ inputs: [x], output, upstream }): InputGradients => [gradient(x!, output, upstream)],
    samples: [
      { inputs: [[2, 3]], ...(range && { range }) },
      { inputs: [[]], ...(range && { range }) },
    ],
  });

export const neg = unary('neg', (_x, _y, g) => neg(g));
export const exp = unary('exp', (_x, y, g) => mul(g, y));
/** Natural logarithm. */
export const log = unary('log', (x, _y, g) => div(g, x), [0.5, 2]);
export const sqrt = unary('sqrt', (_x, y, g) => div(mul(g, 0.5), y), [0.5, 2]);
/** 1 / x. */
export const reciprocal = unary('reciprocal', (_x, y, g) => neg(mul(g, mul(y, y))), [0.5, 2]);
/** 1 / (1 + e^-x). */
export const sigmoid = unary('sigmoid', (_x, y, g) => mul(g, mul(y, sub(1, y))));
export const tanh = unary('tanh', (_x, y, g) => mul(g, sub(1, mul(y, y))));
/** log(1 + e^x), without overflow. */
export const softplus = unary('softplus', (x, _y, g) => mul(g, sigmoid(x)));
/** The error function, as in exact GELU. */
export const erf = unary('erf', (x, _y, g) => mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))))));

/** x · sigmoid(x), also called swish. */
export const silu = defineOp<[x: Value]>({
  name: 'silu',
  arity: 1,
  elementwise: true,
  cheapToRecompute: always,
  shape: ([x]) => x!,
  decompose: ([x]) => mul(x!, sigmoid(x!)),
  gradient: ({ inputs: [x], upstream }): InputGradients => {
    const s = sigmoid(x!);
    return [mul(upstream, mul(s, add(1, mul(x!, sub(1, s)))))];
  },
  samples: [{ inputs: [[2, 3]] }],
});

/** log σ(x), without overflow. */
export const logSigmoid = (x: Value): Value => neg(softplus(neg(x)));
