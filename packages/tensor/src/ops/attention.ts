import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { add, mul, sub } from './binary.js';
import { matmul } from './matmul.js';
import { sum } from './reduce.js';
import { swapLast } from './shape.js';
import { softmax } from './softmax.js';

/** Attention weight of each key for each query, `[..., queries, keys]`. */
const weightsOf = (q: Value, k: Value, mask: Value, scale: number): Value =>
  softmax(add(matmul(mul(q, scale), swapLast(k)), mask));

/**
 * Scaled dot-product attention: `softmax(q kᵀ · scale + mask) v`.
 *
 * @param q `[..., queries, d]`
 * @param k `[..., keys, d]`
 * @param v `[..., keys, e]`
 * @param mask broadcasts to `[..., queries, keys]`: 0 where a query sees a key, a large negative number elsewhere
 * @returns `[..., queries, e]`
 * @see Vaswani et al. 2017, equation 1; Dao et al. 2022, appendix B.2, for the gradient
 */
export const attention = defineOp<[q: Value, k: Value, v: Value, mask: Value], { scale: number }>({
  name: 'attention',
  arity: 4,
  shape([q, k, v], _attrs, fail) {
    if (q!.at(-1) !== k!.at(-1)) fail('queries and keys differ in their last dimension');
    if (k!.at(-2) !== v!.at(-2)) fail('there must be as many values as keys');
    return [...q!.slice(0, -1), v!.at(-1)!];
  },
  decompose: ([q, k, v, mask], { scale }) => matmul(weightsOf(q!, k!, mask!, scale), v!),
  // Σ over keys of weight · its gradient is the row's output · that output's gradient, which is shorter than the row.
  gradient: ({ inputs: [q, k, v, mask], output, upstream, attrs: { scale } }): InputGradients => {
    const weights = weightsOf(q!, k!, mask!, scale);
    const along = sum(mul(output, upstream), { axes: [-1], keepdims: true });
    const scores = mul(weights, sub(matmul(upstream, swapLast(v!)), along));
    return [
      mul(matmul(scores, k!), scale),
      matmul(swapLast(scores), mul(q!, scale)),
      matmul(swapLast(weights), upstream),
      scores,
    ];
  },
  samples: [
    {
      inputs: [
        [2, 3, 4],
        [2, 5, 4],
        [2, 5, 2],
        { dtype: 'float32', shape: [1, 5], data: Float32Array.of(0, 0, -1e9, 0, 0) },
      ],
      attrs: { scale: 0.5 },
    },
  ],
});
