import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { mul, sub } from './binary.js';
import { whenScores } from './cheap-to-recompute.js';
import { max, sum } from './reduce.js';
import { exp, log } from './unary.js';

const last = { axes: [-1], keepdims: true };

/** e^x over its sum, along the last axis, without overflow. */
export const softmax = defineOp<[x: Value]>({
  name: 'softmax',
  arity: 1,
  rowwise: true,
  cheapToRecompute: whenScores,
  shape: ([x], _attrs, fail) => (x!.length ? x! : fail('a scalar has no axis')),
  gradient: ({ output: y, upstream: g }): InputGradients => [mul(y, sub(g, sum(mul(g, y), last)))],
  samples: [{ inputs: [[2, 3]], range: [-3, 3] }],
});

/** Logarithm of the softmax along the last axis, in nats. */
export const logSoftmax = defineOp<[x: Value]>({
  name: 'logSoftmax',
  arity: 1,
  rowwise: true,
  shape: ([x], _attrs, fail) => (x!.length ? x! : fail('a scalar has no axis')),
  decompose: ([x]) => {
    const shifted = sub(x!, max(x!, last));
    return sub(shifted, log(sum(exp(shifted), last)));
  },
  gradient: ({ output: y, upstream: g }): InputGradients => [sub(g, mul(exp(y), sum(g, last)))],
  samples: [{ inputs: [[2, 3]], range: [-3, 3] }],
});
