import { GraphError } from './errors.js';
import type { StoredBytes } from './tensor.js';

/**
 * A frozen, quantized matrix `[out, in]`. Along `in`, each `block` of numbers has a scale and a zero point of its own:
 * a number is `scale · (q − zero)`. An engine multiplies by it as it is; where another operation reads it, or a
 * gradient, it is widened to float32.
 *
 * @see ONNX Runtime `MatMulNBits`, whose layout this is
 */
export interface QuantizedMatrix {
  readonly dtype: 'uint4' | 'uint8';
  readonly shape: readonly [out: number, in_: number];
  /** Numbers that share a scale; a divisor of `in`. */
  readonly block: number;
  /** `q [out, in]`; of two 4-bit numbers in one byte, the first is the low half. */
  readonly values: StoredBytes;
  /** float32 `[out, in / block]` */
  readonly scales: StoredBytes;
  /** As `values`, `[out, in / block]`; each row begins a new byte. Left out, every zero point is 8, or 128. */
  readonly zeroPoints?: StoredBytes | undefined;
}

export interface QuantizeOptions {
  readonly bits: 4 | 8;
  /** Numbers that share a scale; default 32. */
  readonly block?: number | undefined;
}

/**
 * Rounds a matrix block by block, with the scale and zero point that leave the smallest squared error among a few.
 * What a symmetric 8-bit format such as GGUF's Q8_0 holds comes back exactly, as far as its numbers use the range.
 *
 * @param data row-major
 * @throws {GraphError} when `in` is not a multiple of the block
 */
export const quantizeMatrix = (
  data: Float32Array,
  [out, in_]: readonly [number, number],
  { bits, block = 32 }: QuantizeOptions,
): QuantizedMatrix => {
  if (in_ % block !== 0 || block % 2 !== 0)
    throw new GraphError(`A matrix with ${in_} columns cannot be quantized in blocks of ${block}.`);
  const blocks = in_ / block;
  const values = new Uint8Array((out * in_ * bits) / 8);
  const scales = new Float32Array(out * blocks);
  const zeroBytes = Math.ceil((blocks * bits) / 8);
  const zeroPoints = new Uint8Array(out * zeroBytes);
  const q = new Uint8Array(block);
  for (let row = 0; row < out; row++) {
    for (let b = 0; b < blocks; b++) {
      const index = row * blocks + b;
      const numbers = data.subarray(index * block, (index + 1) * block);
      const { scale, zero } = bits === 4 ? fitAsymmetric(numbers) : fitSymmetric(numbers);
      scales[index] = scale;
      roundTo(numbers, { scale, zero, largest: 2 ** bits - 1 }, q);
      if (bits === 8) {
        values.set(q, index * block);
        zeroPoints[row * zeroBytes + b] = zero;
      } else {
        for (let i = 0; i < block; i += 2) values[(index * block + i) / 2] = q[i]! | (q[i + 1]! << 4);
        zeroPoints[row * zeroBytes + (b >> 1)]! |= zero << (4 * (b & 1));
      }
    }
  }
  const bytes = (array: Uint8Array | Float32Array) => ({
    data: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  });
  const shared = { shape: [out, in_] as const, block, values: bytes(values), scales: bytes(scales) };
  // The middle is what a matrix without zero points has.
  return bits === 8
    ? { dtype: 'uint8', ...shared }
    : { dtype: 'uint4', ...shared, zeroPoints: bytes(zeroPoints) };
};

interface Fit {
  scale: number;
  zero: number;
}

/** The largest number is 127 or -127 steps from zero. */
const fitSymmetric = (numbers: Float32Array): Fit => {
  let largest = 0;
  for (const x of numbers) largest = Math.max(largest, Math.abs(x));
  return { scale: largest / 127, zero: 128 };
};

/** Shares of a block's range that its 15 steps may cover: clipped outliers may cost less than wider steps. */
const SPREADS = [1, 0.95, 0.9, 1.05];

/** The best of a few ranges and of the two zero points beside each. */
const fitAsymmetric = (numbers: Float32Array): Fit => {
  let low = 0;
  let high = 0;
  let energy = 0;
  for (const x of numbers) {
    if (x < low) low = x;
    if (x > high) high = x;
    energy += x * x;
  }
  let best: Fit = { scale: 0, zero: 8 };
  let least = energy;
  for (const spread of SPREADS) {
    const step = (spread * (high - low)) / 15;
    if (step === 0) break;
    const middle = -low / step - (7.5 * (spread - 1)) / spread;
    for (const zero of new Set([Math.floor(middle), Math.ceil(middle)].map(clamp))) {
      let products = 0;
      let squares = 0;
      for (let i = 0; i < numbers.length; i++) {
        const x = numbers[i]!;
        const q = clamp(Math.round(x / step) + zero) - zero;
        products += x * q;
        squares += q * q;
      }
      if (squares === 0) continue;
      // With these q, the best scale leaves this much.
      const error = energy - (products * products) / squares;
      if (error < least) [least, best] = [error, { scale: products / squares, zero }];
    }
  }
  return best;
};

const clamp = (q: number): number => Math.max(0, Math.min(q, 15));

const roundTo = (
  numbers: Float32Array,
  { scale, zero, largest }: Fit & { largest: number },
  into: Uint8Array,
): void => {
  const inverse = scale === 0 ? 0 : 1 / scale;
  for (let i = 0; i < numbers.length; i++) {
    into[i] = Math.min(largest, Math.max(0, Math.round(numbers[i]! * inverse) + zero));
  }
};
