import type { QuantizedMatrix } from '@charter/tensor';
import type { OnnxBuilder } from './onnx-builder.js';

/** Bytes of a quantized matrix in the types that `DequantizeLinear` reads. */
export interface TypedBytes {
  readonly dtype: QuantizedMatrix['dtype'];
  readonly shape: readonly [rows: number, columns: number];
}

/**
 * Quantized matrix as float32 `[out, in]`, dequantized at each run. ONNX Runtime folds other operators on constants when
 * it creates the session, and would keep the float32 matrix; it leaves `DequantizeLinear` in the graph.
 *
 * @param add adds bytes to the model and returns their name
 * @returns undefined where a row of 4-bit zero points ends within a byte, because the operator packs rows without a gap
 */
export const dequantizedWeight = (
  onnx: OnnxBuilder,
  { dtype, shape: [out, in_], block, values, zeroPoints }: QuantizedMatrix,
  scales: string,
  add: (part: 'numbers' | 'zeros', bytes: TypedBytes & QuantizedMatrix['values']) => string,
): string | undefined => {
  const blocks = in_ / block;
  if (zeroPoints && dtype === 'uint4' && blocks % 2 !== 0) return undefined;
  const symmetricZeroPoints = () =>
    dtype === 'uint4'
      ? new Uint8Array(Math.ceil((out * blocks) / 2)).fill(0x88)
      : new Uint8Array(out * blocks).fill(128);
  const numbers = add('numbers', { dtype, shape: [out, in_], ...values });
  const zeros = add('zeros', {
    dtype,
    shape: [out, blocks],
    ...(zeroPoints ?? { data: symmetricZeroPoints() }),
  });
  return onnx.node('DequantizeLinear', [numbers, scales, zeros], {
    attributes: { axis: 1, block_size: block },
  });
};
