import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { add, mul } from './binary.js';
import { concat, slice } from './shape.js';
import { neg } from './unary.js';

const rotateHalf = (x: Value): Value => {
  const axis = x.shape.length - 1;
  const size = x.shape[axis] as number;
  return concat(
    [neg(slice(x, { axis, start: size / 2, end: size })), slice(x, { axis, start: 0, end: size / 2 })],
    { axis },
  );
};

/**
 * Rotary position embedding in the half-split layout of Hugging Face checkpoints: pairs are `(x[i], x[i + d/2])`.
 *
 * @param x `[..., d]` with an even, fixed d
 * @param cos `[..., d]`, broadcasting over x: the cosine of each pair's angle, written for both halves
 * @param sin the same of the sine
 * @see Su et al. 2021, section 3.4; transformers `apply_rotary_pos_emb`
 */
export const rotary = defineOp<[x: Value, cos: Value, sin: Value]>({
  name: 'rotary',
  arity: 3,
  shape: ([x, cos, sin], _attrs, fail) => {
    const d = x!.at(-1);
    if (typeof d !== 'number' || d % 2) fail(`the last dimension must be an even number, not ${d}`);
    return cos!.at(-1) === d && sin!.at(-1) === d
      ? x!
      : fail('cos and sin must have the last dimension of x');
  },
  decompose: ([x, cos, sin]) => add(mul(x!, cos!), mul(rotateHalf(x!), sin!)),
  // A rotation's gradient is the rotation back. The tables are constants in most graphs.
  gradient: ({ inputs: [x, cos, sin], upstream, wanted }): InputGradients => [
    rotary(upstream, cos!, neg(sin!)),
    wanted[1] ? mul(upstream, x!) : undefined,
    wanted[2] ? mul(upstream, rotateHalf(x!)) : undefined,
  ],
  samples: [
    {
      inputs: [
        [2, 3, 4],
        { dtype: 'float32', shape: [1, 4], data: Float32Array.of(0.6, 0.8, 0.6, 0.8) },
        { dtype: 'float32', shape: [1, 4], data: Float32Array.of(0.8, 0.6, 0.8, 0.6) },
      ],
    },
  ],
});
