import { float16Value } from '../../tensors/half-floats.js';

/** Storage of a GGUF type: blocks of `blockElements` values in `blockBytes` bytes. */
export interface Quantization {
  readonly blockElements: number;
  readonly blockBytes: number;
  /**
   * All blocks to float32, the same bits as gguf-py's `dequantize`.
   * @param bytes at the start of its buffer
   */
  dequantize(bytes: Uint8Array<ArrayBuffer>): Float32Array;
}

/** Values one after the other, without blocks. */
export const plain = (blockBytes: number, dequantize: Quantization['dequantize']): Quantization => ({
  blockElements: 1,
  blockBytes,
  dequantize,
});

/** @param block writes one block, which begins at byte `at`, to the elements from `to` on */
export const blocks = (
  blockElements: number,
  blockBytes: number,
  block: (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void,
): Quantization => ({
  blockElements,
  blockBytes,
  dequantize: bytes => {
    const count = bytes.length / blockBytes;
    const out = new Float32Array(count * blockElements);
    for (let i = 0; i < count; i++) block(bytes, i * blockBytes, out, i * blockElements);
    return out;
  },
});

/** The little-endian 16-bit integer at this byte. */
export const uint16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** The little-endian 32-bit integer at this byte. */
export const uint32 = (bytes: Uint8Array, at: number): number =>
  (uint16(bytes, at) | (uint16(bytes, at + 2) << 16)) >>> 0;

/** The float16 at this byte. */
export const half = (bytes: Uint8Array, at: number): number => float16Value(uint16(bytes, at));

/** A byte as an integer from -128 to 127. */
export const signed = (byte: number): number => (byte << 24) >> 24;
