import { narrowToFloat16 } from '../../tensors/half-floats.js';

const { abs, fround, trunc } = Math;

/** The float16 next to a float32, as bits. */
export const halfBits = (value: number): number => narrowToFloat16(Float32Array.of(value))[0]!;

export const writeUint16 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value & 255;
  bytes[at + 1] = value >> 8;
};

/** Writes the block that begins at byte `at` from the 32 values that begin at `from`. */
type WriteBlock = (bytes: Uint8Array, at: number, values: Float32Array, from: number) => void;

/** Blocks of `bits` from -2^(bits-1) on: the value of the largest size becomes the lowest number. */
const symmetric =
  (bits: 4 | 5, numbers: (bytes: Uint8Array, at: number, q: Uint8Array) => void): WriteBlock =>
  (bytes, at, values, from) => {
    const middle = 2 ** (bits - 1);
    let largest = 0;
    for (let i = 0; i < 32; i++) {
      const value = values[from + i]!;
      if (abs(value) > abs(largest)) largest = value;
    }
    const scale = fround(largest / -middle);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    writeUint16(bytes, at, halfBits(scale));
    const q = new Uint8Array(32);
    for (let i = 0; i < 32; i++) {
      q[i] = Math.min(2 * middle - 1, trunc(fround(fround(values[from + i]! * inverse) + middle + 0.5)));
    }
    numbers(bytes, at + 2, q);
  };

const kinds: Readonly<Record<string, { bytes: number; write: WriteBlock }>> = {
  Q4_0: {
    bytes: 18,
    write: symmetric(4, (bytes, at, q) => {
      for (let i = 0; i < 16; i++) bytes[at + i] = q[i]! | (q[i + 16]! << 4);
    }),
  },
  Q5_0: {
    bytes: 22,
    write: symmetric(5, (bytes, at, q) => {
      for (let i = 0; i < 32; i++) bytes[at + (i >> 3)]! |= (q[i]! >> 4) << (i & 7);
      for (let i = 0; i < 16; i++) bytes[at + 4 + i] = (q[i]! & 15) | ((q[i + 16]! & 15) << 4);
    }),
  },
  Q8_0: {
    bytes: 34,
    write: (bytes, at, values, from) => {
      let largest = 0;
      for (let i = 0; i < 32; i++) largest = Math.max(largest, abs(values[from + i]!));
      const scale = fround(largest / 127);
      const inverse = scale === 0 ? 0 : fround(1 / scale);
      writeUint16(bytes, at, halfBits(scale));
      for (let i = 0; i < 32; i++) {
        const value = fround(values[from + i]! * inverse);
        // Halves go away from zero, as in C.
        bytes[at + 2 + i] = Math.sign(value) * Math.floor(abs(value) + 0.5);
      }
    },
  },
};

/** Blocks of 32 values with one float16 scale. */
export const quantizeSmallBlocks = (values: Float32Array, type: 'Q4_0' | 'Q5_0' | 'Q8_0'): Uint8Array => {
  const { bytes: size, write } = kinds[type]!;
  const blocks = values.length / 32;
  const out = new Uint8Array(blocks * size);
  for (let i = 0; i < blocks; i++) write(out, i * size, values, i * 32);
  return out;
};
