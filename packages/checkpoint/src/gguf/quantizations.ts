import { float16Value, widenBfloat16, widenFloat16 } from '../tensors/half-floats.js';

/** Storage of a GGUF type: blocks of `blockElements` values in `blockBytes` bytes. */
export interface Quantization {
  readonly blockElements: number;
  readonly blockBytes: number;
  /**
   * Whole blocks to float32, the same bits as gguf-py's `dequantize`.
   * @param bytes at the start of its buffer
   */
  dequantize(bytes: Uint8Array<ArrayBuffer>): Float32Array;
}

/** The types that can be read, by their name in ggml. */
export const quantizations: ReadonlyMap<string, Quantization> = new Map([
  ['F32', plain(4, ({ buffer }) => new Float32Array(buffer))],
  ['F16', plain(2, ({ buffer }) => widenFloat16(new Uint16Array(buffer)))],
  ['BF16', plain(2, ({ buffer }) => widenBfloat16(new Uint16Array(buffer)))],
  // In the block types below, products and sums have too few bits to be rounded before they become float32.
  [
    'Q4_0',
    blocks(32, 18, (bytes, at, out, to) => {
      const scale = half(bytes, at);
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + 2 + i]!;
        out[to + i] = scale * ((pair & 15) - 8);
        out[to + 16 + i] = scale * ((pair >> 4) - 8);
      }
    }),
  ],
  [
    'Q4_1',
    blocks(32, 20, (bytes, at, out, to) => {
      const scale = half(bytes, at);
      const least = half(bytes, at + 2);
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + 4 + i]!;
        out[to + i] = scale * (pair & 15) + least;
        out[to + 16 + i] = scale * (pair >> 4) + least;
      }
    }),
  ],
  [
    'Q8_0',
    blocks(32, 34, (bytes, at, out, to) => {
      const scale = half(bytes, at);
      for (let i = 0; i < 32; i++) out[to + i] = scale * signed(bytes[at + 2 + i]!);
    }),
  ],
  [
    // Eight groups of 32, each with a scale and a minimum of 6 bits, packed into the 12 bytes behind the two factors.
    'Q4_K',
    blocks(256, 144, (bytes, at, out, to) => {
      const scaleFactor = half(bytes, at);
      const leastFactor = half(bytes, at + 2);
      const packed = (i: number) => bytes[at + 4 + i]!;
      for (let group = 0; group < 8; group++) {
        const low = group < 4;
        const scale = low ? packed(group) & 63 : (packed(group + 4) & 15) | ((packed(group - 4) >> 6) << 4);
        const least = low ? packed(group + 4) & 63 : (packed(group + 4) >> 4) | ((packed(group) >> 6) << 4);
        // Two groups share 32 bytes: the even one has the low halves.
        const from = at + 16 + (group >> 1) * 32;
        const shift = (group & 1) * 4;
        for (let i = 0; i < 32; i++) {
          const quant = (bytes[from + i]! >> shift) & 15;
          out[to + group * 32 + i] = scaleFactor * scale * quant - leastFactor * least;
        }
      }
    }),
  ],
  [
    // 128 bytes of low halves, 64 bytes with two more bits of four elements each, 16 scales, one factor.
    'Q6_K',
    blocks(256, 210, (bytes, at, out, to) => {
      const factor = half(bytes, at + 208);
      for (let i = 0; i < 256; i++) {
        const [part, quarter, column] = [i >> 7, (i >> 5) & 3, i & 31];
        const low = bytes[at + part * 64 + (quarter & 1) * 32 + column]! >> ((quarter >> 1) * 4);
        const high = bytes[at + 128 + part * 32 + column]! >> (quarter * 2);
        const scale = signed(bytes[at + 192 + (i >> 4)]!);
        out[to + i] = factor * scale * (((low & 15) | ((high & 3) << 4)) - 32);
      }
    }),
  ],
]);

function plain(blockBytes: number, dequantize: Quantization['dequantize']): Quantization {
  return { blockElements: 1, blockBytes, dequantize };
}

function blocks(
  blockElements: number,
  blockBytes: number,
  block: (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void,
): Quantization {
  const dequantize = (bytes: Uint8Array) => {
    const count = bytes.length / blockBytes;
    const out = new Float32Array(count * blockElements);
    for (let i = 0; i < count; i++) block(bytes, i * blockBytes, out, i * blockElements);
    return out;
  };
  return { blockElements, blockBytes, dequantize };
}

/** The float16 at this byte. */
function half(bytes: Uint8Array, at: number): number {
  return float16Value(bytes[at]! | (bytes[at + 1]! << 8));
}

/** A byte as an integer from -128 to 127. */
function signed(byte: number): number {
  return (byte << 24) >> 24;
}
