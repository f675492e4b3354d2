import { broadcastShapes } from '../dim.js';
import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { add } from './binary.js';
import { whenScores } from './cheap-to-recompute.js';
import { swapLast } from './shape.js';

/** `[..., m, k] × [..., k, n] → [..., m, n]`; leading dimensions broadcast. */
export const matmul = defineOp<[a: Value, b: Value]>({
  name: 'matmul',
  arity: 2,
  rowwise: true,
  cheapToRecompute: whenScores,
  shape([a, b], _attrs, fail) {
    if (a!.length < 2 || b!.length < 2) return fail('both sides need at least two dimensions');
    const [k, l] = [a!.at(-1)!, b!.at(-2)!];
    if (k !== l) return fail(`inner dimension differs: the left side has ${k}, the right side ${l}`);
    const lead =
      broadcastShapes(a!.slice(0, -2), b!.slice(0, -2)) ?? fail('leading dimensions do not broadcast');
    return [...lead, a!.at(-2)!, b!.at(-1)!];
  },
  // Broadcast dimensions are summed away by the differentiator, so no rule does it.
  gradient: ({ inputs: [a, b], upstream: g }): InputGradients => [
    matmul(g, swapLast(b!)),
    matmul(swapLast(a!), g),
  ],
  samples: [
    {
      inputs: [
        [2, 3],
        [3, 4],
      ],
    },
    {
      inputs: [
        [5, 2, 3],
        [3, 4],
      ],
    },
    {
      inputs: [
        [2, 1, 2, 3],
        [3, 3, 1],
      ],
    },
  ],
});

/**
 * A linear layer with the weight as PyTorch stores it: `x [..., in] × weightᵀ [in, out] + bias → [..., out]`.
 *
 * @param weight `[out, in]`
 * @param bias `[out]`
 */
export const linear = (x: Value, weight: Value, bias?: Value): Value => {
  const y = matmul(x, swapLast(weight));
  return bias ? add(y, bias) : y;
};
