import type { Lowering } from './lowering-context.js';
import type { OnnxBuilder } from './onnx-builder.js';

/** Nodes of exp(x). */
type Exp = (onnx: OnnxBuilder, x: string) => string;

const kernelExp: Exp = (onnx, x) => onnx.node('Exp', [x]);

/**
 * exp(x) on a GPU, which computes 2^(x · log2(e)) and rounds the product: off by 4e-6 at -72. The nearest power of 2 is
 * split off first (Cody and Waite 1980), and only what is left, at most 0.35, goes through the kernel.
 */
const exactExp: Exp = (onnx, x) => {
  const times = (factor: number, of: string) => onnx.node('Mul', [of, onnx.number(factor)]);
  const nearest = onnx.node('Floor', [onnx.node('Add', [times(Math.LOG2E, x), onnx.number(0.5)])]);
  const n = onnx.node('Min', [onnx.node('Max', [nearest, onnx.number(-126)]), onnx.number(127)]);
  // The first part of ln(2) has few digits, so that its product with n is exact.
  const first = 0.693359375;
  const rest = onnx.node('Sub', [onnx.node('Sub', [x, times(first, n)]), times(Math.LN2 - first, n)]);
  return onnx.node('Mul', [onnx.node('Pow', [onnx.number(2), n]), onnx.node('Exp', [rest])]);
};

/**
 * sigmoid(x). The engine's kernel is off by up to 4e-7 and 0 below -18: nothing in the activations of a layer, but all
 * of the gradient of a loss that is far in its tail. A vector is a loss for each row, so it is computed as
 * 1 / (1 + exp(-x)), right to 1e-6 relative down to -80; matrices of activations keep the kernel, a fourth of the time.
 */
const sigmoidBy =
  (exp: Exp): Lowering =>
  ({ onnx, value, inputs: [x] }) => {
    if (value.shape.length > 1) return onnx.node('Sigmoid', [x!]);
    const exponential = exp(onnx, onnx.node('Neg', [x!]));
    return onnx.node('Reciprocal', [onnx.node('Add', [exponential, onnx.number(1)])]);
  };

export const lowerSigmoid = sigmoidBy(kernelExp);
export const lowerSigmoidOnGpu = sigmoidBy(exactExp);

/** Coefficients of log((1 + z) / (1 - z)) / z in z², highest first. For z up to 1/3 the next would add 1e-8. */
const SERIES = [13, 11, 9, 7, 5, 3, 1].map(n => 2 / n);

/**
 * softplus(x) = max(x, 0) + log(1 + u) with u = exp(-|x|), for engines whose logarithm loses a small u:
 * log(1 + u) = 2 artanh(u / (2 + u)), by its series.
 */
export const lowerSoftplusOnGpu: Lowering = ({ onnx, inputs: [x] }) => {
  const u = exactExp(onnx, onnx.node('Neg', [onnx.node('Abs', [x!])]));
  const z = onnx.node('Div', [u, onnx.node('Add', [u, onnx.number(2)])]);
  const square = onnx.node('Mul', [z, z]);
  const [highest, ...others] = SERIES;
  const series = others.reduce(
    (sum, coefficient) => onnx.node('Add', [onnx.node('Mul', [sum, square]), onnx.number(coefficient)]),
    onnx.number(highest!),
  );
  return onnx.node('Add', [onnx.node('Max', [x!, onnx.number(0)]), onnx.node('Mul', [series, z])]);
};
