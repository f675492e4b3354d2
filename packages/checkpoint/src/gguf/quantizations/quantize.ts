import { narrowToBfloat16, narrowToFloat16 } from '../../tensors/half-floats.js';
import { quantizeKBlocks } from './quantize-k-quants.js';
import { quantizeSmallBlocks } from './quantize-small-blocks.js';

/** Types that can be written, by their name in ggml. */
export type WritableType = 'F32' | 'F16' | 'BF16' | 'Q4_0' | 'Q5_0' | 'Q8_0' | 'Q4_K' | 'Q6_K';

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * float32 values as bytes of a GGUF type, the same that ggml's reference makes without an importance matrix.
 *
 * @param values whole rows; their length is a multiple of the type's blocks
 */
export const quantize = (values: Float32Array, type: WritableType): Uint8Array => {
  if (type === 'F32') return bytesOf(values);
  if (type === 'F16') return bytesOf(narrowToFloat16(values));
  if (type === 'BF16') return bytesOf(narrowToBfloat16(values));
  if (type === 'Q4_K' || type === 'Q6_K') return quantizeKBlocks(values, type);
  return quantizeSmallBlocks(values, type);
};
