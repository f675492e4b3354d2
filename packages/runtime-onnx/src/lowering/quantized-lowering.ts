import type { OperationValue, QuantizedMatrix, Value } from '@charter/tensor';
import { gemm, type ProductAttrs } from '../passes/fold-products.js';
import type { OnnxBuilder } from './onnx-builder.js';

/** Initializers of a quantized matrix, by name. */
export interface QuantizedParts {
  /** uint8 `[out, in / block, bytes of a block]` */
  readonly values: string;
  /** float32 `[out, in / block]` */
  readonly scales: string;
  /** uint8 `[out, bytes of a row]` */
  readonly zeroPoints: string | undefined;
}

/** `accuracy_level` at which activations are quantized to int8, block by block: the fastest kernels. */
const INT8_ACTIVATIONS = 4;

/** True for `alpha · x wᵀ + c`, in which w can stay quantized. */
export const isLinear = (value: Value): value is OperationValue<ProductAttrs> =>
  gemm.is(value) && value.attrs.transB && !value.attrs.transA;

/** `x wᵀ` with w in its quantized form. */
export const quantizedProduct = (
  onnx: OnnxBuilder,
  { shape: [out, in_], dtype, block }: Pick<QuantizedMatrix, 'shape' | 'dtype' | 'block'>,
  x: string,
  { values, scales, zeroPoints }: QuantizedParts,
): string =>
  onnx.node('MatMulNBits', [x, values, scales, ...(zeroPoints ? [zeroPoints] : [])], {
    domain: 'com.microsoft',
    attributes: {
      K: in_,
      N: out,
      bits: dtype === 'uint4' ? 4 : 8,
      block_size: block,
      accuracy_level: INT8_ACTIVATIONS,
    },
  });

/** `alpha · xw + c`, where xw is a product by a quantized matrix. */
export const scaledProduct = (
  onnx: OnnxBuilder,
  { alpha }: ProductAttrs,
  xw: string,
  c: string | undefined,
): string => {
  const y = alpha === 1 ? xw : onnx.node('Mul', [xw, onnx.number(alpha)]);
  return c === undefined ? y : onnx.node('Add', [y, c]);
};

/** Matrix as float32 `[out, in]`. */
export const widenQuantized = (
  onnx: OnnxBuilder,
  { shape: [out, in_], dtype, block }: QuantizedMatrix,
  { values, scales, zeroPoints }: QuantizedParts,
): string => {
  const blocks = in_ / block;
  /** First `count` numbers of each row of bytes `[rows, bytes]`, as float32. */
  const numbers = (bytes: string, rows: number, count: number): string => {
    if (dtype === 'uint8') return onnx.cast(bytes, 'float32');
    const low = onnx.node('BitwiseAnd', [bytes, onnx.byte(15)]);
    const high = onnx.node('BitShift', [bytes, onnx.byte(4)], { attributes: { direction: 'RIGHT' } });
    const last = onnx.ints([-1]);
    const pairs = [low, high].map(half => onnx.node('Unsqueeze', [half, last]));
    const interleaved = onnx.node('Concat', pairs, { attributes: { axis: -1 } });
    const flat = onnx.node('Reshape', [interleaved, onnx.ints([rows, -1])]);
    const kept = onnx.node('Slice', [flat, onnx.ints([0]), onnx.ints([count]), onnx.ints([1])]);
    return onnx.cast(kept, 'float32');
  };
  const column = onnx.ints([out, blocks, 1]);
  const flatValues = onnx.node('Reshape', [values, onnx.ints([out, -1])]);
  const q = onnx.node('Reshape', [numbers(flatValues, out, in_), onnx.ints([out, blocks, block])]);
  const zero = zeroPoints
    ? onnx.node('Reshape', [numbers(zeroPoints, out, blocks), column])
    : onnx.number(dtype === 'uint4' ? 8 : 128);
  const scaled = onnx.node('Mul', [onnx.node('Sub', [q, zero]), onnx.node('Reshape', [scales, column])]);
  return onnx.node('Reshape', [scaled, onnx.ints([out, in_])]);
};
