import { sizeOf, type Value } from '@charter/tensor';
import type { OnnxBuilder } from './onnx-builder.js';

/**
 * Whether ONNX Runtime's operator does it: x `[rows, heads, time, d]`, cos and sin `[rows, 1, time, d]`.
 */
export const fusesRotary = ({ inputs: [x, cos, sin] }: Value): boolean => {
  const [rows, , time, d] = x!.shape;
  const table = `${[rows, 1, time, d]}`;
  return x!.shape.length === 4 && `${cos!.shape}` === table && `${sin!.shape}` === table;
};

/** The operation `rotary` by an operator that looks angles up by position: each token finds its own row of the tables. */
export const lowerRotary = (onnx: OnnxBuilder, [x, cos, sin]: readonly string[], value: Value): string => {
  const [rows, , time, d] = value.shape as [number, number, number, number];
  const tokens = sizeOf([rows, time]);
  // Both halves of a head turn by the same angles, and the operator wants one.
  const half = (table: string) =>
    onnx.once(`rotary table ${table}`, () => {
      const first = onnx.node('Slice', [table, onnx.ints([0]), onnx.ints([d / 2]), onnx.ints([3])]);
      return onnx.node('Reshape', [first, onnx.shape([tokens, d / 2])], { attributes: { allowzero: 1 } });
    });
  const positions = onnx.once(`rotary positions ${[rows, time]}`, () => {
    const [zero, one] = [0, 1].map(n => onnx.node('Squeeze', [onnx.ints([n]), onnx.ints([0])]));
    const order = onnx.node('Range', [zero!, onnx.dimScalar(tokens), one!]);
    return onnx.node('Reshape', [order, onnx.shape([rows, time])], { attributes: { allowzero: 1 } });
  });
  return onnx.node('RotaryEmbedding', [x!, positions, half(cos!), half(sin!)], { domain: 'com.microsoft' });
};
