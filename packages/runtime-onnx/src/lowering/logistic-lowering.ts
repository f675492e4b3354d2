import type { Lowering } from './lowering-context.js';

/**
 * sigmoid(x). The engine's kernel is off by up to 4e-7 and 0 below -18: nothing in the activations of a layer, but all
 * of the gradient of a loss that is far in its tail. A vector is a loss for each row, so it is computed as
 * 1 / (1 + exp(-x)), right to 1e-6 relative down to -80; matrices of activations keep the kernel, a fourth of the time.
 */
export const lowerSigmoid: Lowering = ({ onnx, value, inputs: [x] }) => {
  if (value.shape.length > 1) return onnx.node('Sigmoid', [x!]);
  const exponential = onnx.node('Exp', [onnx.node('Neg', [x!])]);
  return onnx.node('Reciprocal', [onnx.node('Add', [exponential, onnx.number(1)])]);
};

/** Coefficients of log((1 + z) / (1 - z)) / z in z², highest first. For z up to 1/3 the next would add 1e-8. */
const SERIES = [13, 11, 9, 7, 5, 3, 1].map(n => 2 / n);

/**
 * softplus(x) = max(x, 0) + log(1 + u) with u = exp(-|x|), for engines whose logarithm loses a small u:
 * log(1 + u) = 2 artanh(u / (2 + u)), by its series.
 */
export const lowerSoftplus: Lowering = ({ onnx, inputs: [x] }) => {
  const u = onnx.node('Exp', [onnx.node('Neg', [onnx.node('Abs', [x!])])]);
  const z = onnx.node('Div', [u, onnx.node('Add', [u, onnx.number(2)])]);
  const square = onnx.node('Mul', [z, z]);
  const [highest, ...others] = SERIES;
  const series = others.reduce(
    (sum, coefficient) => onnx.node('Add', [onnx.node('Mul', [sum, square]), onnx.number(coefficient)]),
    onnx.number(highest!),
  );
  return onnx.node('Add', [onnx.node('Max', [x!, onnx.number(0)]), onnx.node('Mul', [series, z])]);
};
