import type { QuantizedMatrix } from '@charter/tensor';
import type { OnnxBuilder } from './onnx-builder.js';

/** Bytes of a quantized matrix in the types that `DequantizeLinear` reads. */
export interface TypedBytes {
  readonly dtype: QuantizedMatrix['dtype'];
  readonly shape: readonly [rows: number, columns: number];
}

/**
 * A quantized matrix as float32 `[out, in]`, made at each run. What other operators make of constants alone ONNX Runtime
 * computes once and keeps as float32; this one it leaves in the graph.
 *
 * @param add adds bytes to the model and returns their name
 * @returns undefined where zero points do not lie as the operator wants them: our rows of them begin with a new byte
 */
export const dequantizedWeight = (
  onnx: OnnxBuilder,
  { dtype, shape: [out, in_], block, values, zeroPoints }: QuantizedMatrix,
  scales: string,
  add: (part: 'numbers' | 'zeros', bytes: TypedBytes & QuantizedMatrix['values']) => string,
): string | undefined => {
  const blocks = in_ / block;
  if (zeroPoints && dtype === 'uint4' && blocks % 2 !== 0) return undefined;
  const middle = () =>
    dtype === 'uint4'
      ? new Uint8Array(Math.ceil((out * blocks) / 2)).fill(0x88)
      : new Uint8Array(out * blocks).fill(128);
  const numbers = add('numbers', { dtype, shape: [out, in_], ...values });
  const zeros = add('zeros', { dtype, shape: [out, blocks], ...(zeroPoints ?? { data: middle() }) });
  return onnx.node('DequantizeLinear', [numbers, scales, zeros], {
    attributes: { axis: 1, block_size: block },
  });
};
