import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { add, mul, sub } from './binary.js';
import { always } from './cheap-to-recompute.js';
import { mean } from './reduce.js';
import { reciprocal, sqrt } from './unary.js';

const last = { axes: [-1], keepdims: true };

const inverseRms = (x: Value, eps: number): Value => reciprocal(sqrt(add(mean(mul(x, x), last), eps)));

/**
 * Root-mean-square normalization over the last axis: `x / sqrt(mean(x²) + eps) · weight`.
 *
 * @param x `[..., n]`
 * @param weight `[n]`
 * @see Zhang and Sennrich 2019, equation 4; transformers `LlamaRMSNorm`
 */
export const rmsNorm = defineOp<[x: Value, weight: Value], { eps: number }>({
  name: 'rmsNorm',
  arity: 2,
  rowwise: true,
  cheapToRecompute: always,
  shape: ([x, weight], _attrs, fail) =>
    weight!.length === 1 && weight![0] === x!.at(-1) ? x! : fail('the weight must fit the last dimension'),
  decompose: ([x, weight], { eps }) => mul(mul(x!, inverseRms(x!, eps)), weight!),
  gradient: ({ inputs: [x, weight], upstream: g, attrs: { eps } }): InputGradients => {
    const r = inverseRms(x!, eps);
    const normed = mul(x!, r);
    const gw = mul(g, weight!);
    return [mul(r, sub(gw, mul(normed, mean(mul(gw, normed), last)))), mul(g, normed)];
  },
  samples: [{ inputs: [[2, 4], [4]], attrs: { eps: 1e-5 } }],
});
