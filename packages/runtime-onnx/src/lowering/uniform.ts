import { hash32, type Shape, sizeOf } from '@charter/tensor';
import { iota } from './iota.js';
import type { OnnxBuilder } from './onnx-builder.js';

/** `hash32` of a uint32 tensor. ONNX Runtime shifts only unsigned and multiplies only signed numbers of 32 bits. */
const hash = (onnx: OnnxBuilder, x: string): string => {
  const mix = (h: string, bits: number) => {
    const shifted = onnx.node('BitShift', [h, onnx.unsigned(bits)], { attributes: { direction: 'RIGHT' } });
    return onnx.node('BitwiseXor', [h, shifted]);
  };
  const times = (h: string, factor: number) => {
    const signed = onnx.constant({ dtype: 'int32', shape: [], data: Int32Array.of(factor) });
    const product = onnx.node('Mul', [onnx.cast(h, 'int32'), signed]);
    return onnx.cast(product, 'uint32');
  };
  return mix(times(mix(times(mix(x, 16), 0x7feb352d), 15), 0x846ca68b), 16);
};

/** `uniform` of @charter/tensor, number for number. */
export const uniform = (
  onnx: OnnxBuilder,
  seed: string,
  { shape, salt }: { shape: Shape; salt: number },
): string => {
  const salted = onnx.node('BitwiseXor', [onnx.cast(seed, 'uint32'), onnx.unsigned(hash32(salt) >>> 0)]);
  const key = hash(onnx, salted);
  const index = onnx.cast(iota(onnx, sizeOf(shape)), 'uint32');
  const bits = hash(onnx, onnx.node('BitwiseXor', [index, key]));
  const high = onnx.node('BitShift', [bits, onnx.unsigned(8)], { attributes: { direction: 'RIGHT' } });
  const flat = onnx.node('Mul', [onnx.cast(high, 'float32'), onnx.number(2 ** -24)]);
  return onnx.node('Reshape', [flat, onnx.shape(shape)], { attributes: { allowzero: 1 } });
};
