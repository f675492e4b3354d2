import { add, div, matmul, mul, sqrt, stopGradient, sum, swapLast, type Value } from '@charter/tensor';

const rows = { axes: [1], keepdims: false };

/**
 * DoRA's factor of each output: `m / ‖W + s B A‖`, with the norm of each row, through which no gradient flows.
 *
 * The square of the norm is `‖w‖² + 2 s b·(w Aᵀ) + s² b·(A Aᵀ)·b` row by row, so that no matrix of the size of W is made
 * but for its own square.
 *
 * @param magnitude m `[out]`
 * @param layer.weight W `[out, in]`
 * @param layer.a `[r, in]`
 * @param layer.b `[out, r]`
 * @returns `[out]`
 * @see Liu et al. 2024, equation 5 and section 4.3
 */
export const magnitudeScale = (
  magnitude: Value,
  { weight, a, b, scaling }: { weight: Value; a: Value; b: Value; scaling: number },
): Value => {
  const cross = sum(mul(matmul(weight, swapLast(a)), b), rows); // [out]
  const own = sum(mul(matmul(b, matmul(a, swapLast(a))), b), rows); // [out]
  const square = add(sum(mul(weight, weight), rows), add(mul(cross, 2 * scaling), mul(own, scaling ** 2)));
  return div(magnitude, stopGradient(sqrt(square)));
};
