import type { Value } from '@charter/tensor';
import { lowerSigmoidOnGpu, lowerSoftplusOnGpu } from './logistic-lowering.js';
import type { LoweringTable } from './lowering.js';
import type { OnnxBuilder } from './onnx-builder.js';

const swapLast = (onnx: OnnxBuilder, x: string, { shape }: Value): string => {
  const last = shape.length - 1;
  const perm = shape.map((_, i) => (i === last ? last - 1 : i === last - 1 ? last : i));
  return onnx.node('Transpose', [x], { attributes: { perm } });
};

/**
 * The operations that become other operators on WebGPU, where some of ONNX Runtime's do not exist: it would run those
 * on the processor, and copy what they need there and back.
 */
export const webgpuLowerings: LoweringTable = {
  // The operator's logarithm loses a small exponential: 0 at -18.
  softplus: lowerSoftplusOnGpu,
  sigmoid: lowerSigmoidOnGpu,
  // x - max - log(sum(exp(x - max))), as ReduceLogSumExp overflows there.
  logSoftmax: ({ onnx, inputs: [x] }) => {
    const last = onnx.ints([-1]);
    const shifted = onnx.node('Sub', [x!, onnx.node('ReduceMax', [x!, last])]);
    const total = onnx.node('ReduceSum', [onnx.node('Exp', [shifted]), last]);
    return onnx.node('Sub', [shifted, onnx.node('Log', [total])]);
  },
  // The second output, the inverse root mean square, differs from the processor's.
  rmsNorm: ({ onnx, attrs: { eps }, inputs }) =>
    onnx.node('SimplifiedLayerNormalization', inputs, {
      attributes: { axis: -1, epsilon: { float: eps }, stash_type: 1 },
    }),
  or: ({ onnx, inputs }) => {
    const neither = onnx.node(
      'And',
      inputs.map(x => onnx.node('Not', [x])),
    );
    return onnx.node('Not', [neither]);
  },
  fusedMatmul: ({ onnx, value, attrs: { alpha, transA, transB }, inputs }) => {
    const [a, b] = [transA, transB].map((turned, i) =>
      turned ? swapLast(onnx, inputs[i]!, value.inputs[i]!) : inputs[i]!,
    );
    const product = onnx.node('MatMul', [a!, b!]);
    return alpha === 1 ? product : onnx.node('Mul', [product, onnx.number(alpha)]);
  },
};
