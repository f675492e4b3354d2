import type { Value } from '@charter/tensor';
import type { OnnxBuilder } from './onnx-builder.js';

/** True for the shapes of ONNX Runtime's operator: x `[tokens, heads, d]`, cos and sin `[tokens, 1, d]`. */
export const fusesRotary = ({ inputs: [x, cos, sin] }: Value): boolean => {
  const [tokens, , d] = x!.shape;
  const table = `${[tokens, 1, d]}`;
  return x!.shape.length === 3 && `${cos!.shape}` === table && `${sin!.shape}` === table;
};

/** `rotary` by ONNX Runtime's operator, which looks angles up by position: here token i has position i of its own tables. */
export const lowerRotary = (onnx: OnnxBuilder, [x, cos, sin]: readonly string[], value: Value): string => {
  const [tokens, heads, d] = value.shape as [number, number, number];
  const reshape = (y: string, shape: readonly number[]) =>
    onnx.node('Reshape', [y, onnx.shape(shape)], { attributes: { allowzero: 1 } });
  // Both halves of a head rotate by the same angles, and the operator takes one half.
  const half = (table: string) =>
    onnx.once(`rotary table ${table}`, () =>
      reshape(onnx.node('Slice', [table, onnx.ints([0]), onnx.ints([d / 2]), onnx.ints([2])]), [
        tokens,
        d / 2,
      ]),
    );
  const positions = onnx.once(`rotary positions ${tokens}`, () => {
    const [zero, one] = [0, 1].map(n => onnx.node('Squeeze', [onnx.ints([n]), onnx.ints([0])]));
    return reshape(onnx.node('Range', [zero!, onnx.dimScalar(tokens), one!]), [1, tokens]);
  });
  const rotated = onnx.node(
    'RotaryEmbedding',
    [reshape(x!, [1, tokens, heads * d]), positions, half(cos!), half(sin!)],
    {
      domain: 'com.microsoft',
      attributes: { num_heads: heads },
    },
  );
  return reshape(rotated, value.shape as readonly number[]);
};
