import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import { linear, matmul } from './matmul.js';
import { swapLast } from './shape.js';

export interface Int8LinearAttrs {
  /**
   * Input channels that stay in float32, ascending: those with the largest activations, which would take the range of
   * all others in their row.
   */
  readonly outliers: readonly number[];
  /** The weight is `[in, out]`, the other way round; default false. */
  readonly transposed?: boolean | undefined;
  /** Precision of the product that the gradient by x is; default `int8`. */
  readonly gradient?: 'float32' | 'int8' | undefined;
}

/**
 * Linear layer `x [..., in] × weightᵀ [in, out] → [..., out]` whose product may be computed in 8-bit integers: x rounded
 * with one scale per row, the weight with one scale per output, each to 127 steps either way. An engine without such
 * products, and one that does not know the weight when it compiles, computes it in float32.
 *
 * The gradient by x is such a product too, of the upstream gradient and the same weight transposed, without outliers;
 * that by the weight is the float32 product's.
 *
 * @param weight `[out, in]`
 * @see Dettmers et al. 2022 (LLM.int8()), section 3
 */
export const int8Linear = defineOp<[x: Value, weight: Value], Int8LinearAttrs>({
  name: 'int8Linear',
  arity: 2,
  rowwise: true,
  shape([x, weight], { outliers, transposed = false }, fail) {
    const [out, in_] = transposed ? [weight![1], weight![0]] : weight!;
    if (x!.length < 2 || weight!.length !== 2 || x!.at(-1) !== in_)
      return fail(
        `x must be [..., in] with at least two dimensions, the weight ${transposed ? '[in, out]' : '[out, in]'}`,
      );
    const ascending = outliers.every((channel, i) => channel > (outliers[i - 1] ?? -1));
    if (!ascending || outliers.some(channel => !Number.isInteger(channel) || channel >= Number(in_)))
      return fail(`outliers must be ascending channels below ${in_}, not [${outliers.join(', ')}]`);
    return [...x!.slice(0, -1), out!];
  },
  decompose: ([x, weight], { transposed = false }) =>
    transposed ? matmul(x!, weight!) : linear(x!, weight!),
  gradient({ inputs: [x, weight], upstream: g, attrs, wanted }): InputGradients {
    const { transposed = false, gradient = 'int8' } = attrs;
    const float32 = transposed ? linear(g, weight!) : matmul(g, weight!);
    return [
      gradient === 'float32' ? float32 : int8Linear(g, weight!, { outliers: [], transposed: !transposed }),
      wanted[1] ? (transposed ? matmul(swapLast(x!), g) : matmul(swapLast(g), x!)) : undefined,
    ];
  },
  samples: [
    {
      inputs: [
        [2, 3],
        [4, 3],
      ],
      attrs: { outliers: [1] },
    },
    {
      inputs: [
        [2, 2, 3],
        [3, 4],
      ],
      attrs: { outliers: [], transposed: true, gradient: 'float32' },
    },
  ],
});
