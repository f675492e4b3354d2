import { float16Value } from '../../tensors/half-floats.js';
import { halfBits, writeUint16 } from './quantize-small-blocks.js';

// Every product and sum is rounded to float32, so that the search ends where ggml's does.
const { abs, fround } = Math;
const tenth = fround(0.1);

/** The nearest integer, ties to even. */
const nearest = (value: number): number => fround(value + 12582912) - 12582912;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

/** The float32 that a scale becomes when it is stored as float16. */
const stored = (value: number): number => float16Value(halfBits(value));

/**
 * The scale of 16 values that are to be numbers from -32 to 31, by the least squares weighted with x².
 * @see ggml `make_qx_quants` with rmse_type 1
 */
const scaleOf16 = (values: Float32Array, from: number): number => {
  let largest = 0;
  for (let i = from; i < from + 16; i++) if (abs(values[i]!) > abs(largest)) largest = values[i]!;
  if (abs(largest) < 1e-15) return 0;
  let scale = 0;
  let best = 0;
  // The plain scale first, which any other has to beat.
  for (const step of [0, -9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    const inverse = fround(-fround(32 + fround(tenth * step)) / largest);
    let sumXL = 0;
    let sumL2 = 0;
    for (let i = from; i < from + 16; i++) {
      const x = values[i]!;
      const l = clamp(nearest(fround(inverse * x)), -32, 31);
      const w = fround(x * x);
      sumXL = fround(sumXL + fround(fround(w * x) * l));
      sumL2 = fround(sumL2 + fround(fround(w * l) * l));
    }
    if (step === 0 || (sumL2 > 0 && fround(sumXL * sumXL) > fround(best * sumL2))) {
      scale = sumL2 ? fround(sumXL / sumL2) : 0;
      best = fround(scale * sumXL);
    }
  }
  return scale;
};

const q6Block = (bytes: Uint8Array, at: number, values: Float32Array, from: number): void => {
  const scales = Float32Array.from({ length: 16 }, (_, i) => scaleOf16(values, from + 16 * i));
  const largest = scales.reduce((a, b) => (abs(b) > abs(a) ? b : a), 0);
  if (abs(largest) < 1e-15) return;
  const inverse = fround(-128 / largest);
  const d = stored(fround(1 / inverse));
  const q = new Uint8Array(256);
  for (let j = 0; j < 16; j++) {
    const scale = Math.min(127, nearest(fround(inverse * scales[j]!)));
    bytes[at + 192 + j] = scale;
    const step = fround(d * scale);
    for (let i = 16 * j; i < 16 * j + 16; i++)
      q[i] = step ? 32 + clamp(nearest(fround(values[from + i]! / step)), -32, 31) : 32;
  }
  for (let half = 0; half < 2; half++)
    for (let i = 0; i < 32; i++) {
      const [a, b, c, e] = [0, 32, 64, 96].map(part => q[128 * half + part + i]!) as [
        number,
        number,
        number,
        number,
      ];
      bytes[at + 64 * half + i] = (a & 15) | ((c & 15) << 4);
      bytes[at + 64 * half + 32 + i] = (b & 15) | ((e & 15) << 4);
      bytes[at + 128 + 32 * half + i] = (a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((e >> 4) << 6);
    }
  writeUint16(bytes, at + 208, halfBits(fround(1 / inverse)));
};

/**
 * Scale and minimum of 32 values that are to be `scale · l - minimum` with l from 0 to 15.
 * @see ggml `make_qkx2_quants`
 */
const scaleAndMinimum = (values: Float32Array, from: number): [scale: number, minimum: number] => {
  const x = values.subarray(from, from + 32);
  let squares = 0;
  for (let i = 0; i < 32; i++) squares = fround(squares + fround(x[i]! * x[i]!));
  const spread = fround(Math.sqrt(fround(squares / 32)));
  const weights = new Float32Array(32);
  let [low, high] = [x[0]!, x[0]!];
  let sumW = 0;
  let sumX = 0;
  for (let i = 0; i < 32; i++) {
    weights[i] = fround(spread + abs(x[i]!));
    if (x[i]! < low) low = x[i]!;
    if (x[i]! > high) high = x[i]!;
    sumW = fround(sumW + weights[i]!);
    sumX = fround(sumX + fround(weights[i]! * x[i]!));
  }
  if (low > 0) low = 0;
  if (high === low) return [0, -low];
  // The best minimum so far is also the one that the next try begins from.
  let minimum = low;
  const numbers = new Float32Array(32);
  const round = (inverse: number) => {
    for (let i = 0; i < 32; i++)
      numbers[i] = clamp(nearest(fround(inverse * fround(x[i]! - minimum))), 0, 15);
  };
  const error = (scale: number, minimum: number) => {
    let sum = 0;
    for (let i = 0; i < 32; i++) {
      const difference = fround(fround(fround(scale * numbers[i]!) + minimum) - x[i]!);
      sum = fround(sum + fround(weights[i]! * fround(difference * difference)));
    }
    return sum;
  };
  const plain = fround(15 / fround(high - minimum));
  round(plain);
  let scale = fround(1 / plain);
  let best = error(scale, minimum);
  for (let step = 0; step <= 20; step++) {
    round(fround(fround(fround(-1 + fround(tenth * step)) + 15) / fround(high - minimum)));
    let [sumL, sumL2, sumXL] = [0, 0, 0];
    for (let i = 0; i < 32; i++) {
      const wl = fround(weights[i]! * numbers[i]!);
      sumL = fround(sumL + wl);
      sumL2 = fround(sumL2 + fround(wl * numbers[i]!));
      sumXL = fround(sumXL + fround(wl * x[i]!));
    }
    const determinant = fround(fround(sumW * sumL2) - fround(sumL * sumL));
    if (determinant <= 0) continue;
    let thisScale = fround(fround(fround(sumW * sumXL) - fround(sumX * sumL)) / determinant);
    let thisMinimum = fround(fround(fround(sumL2 * sumX) - fround(sumL * sumXL)) / determinant);
    if (thisMinimum > 0) {
      thisMinimum = 0;
      thisScale = fround(sumXL / sumL2);
    }
    const thisError = error(thisScale, thisMinimum);
    if (thisError < best) [best, scale, minimum] = [thisError, thisScale, thisMinimum];
  }
  return [scale, -minimum];
};

const q4Block = (bytes: Uint8Array, at: number, values: Float32Array, from: number): void => {
  const parts = Array.from({ length: 8 }, (_, i) => scaleAndMinimum(values, from + 32 * i));
  const [largestScale, largestMinimum] = [0, 1].map(k => Math.max(0, ...parts.map(part => part[k]!))) as [
    number,
    number,
  ];
  const inverse = (largest: number) => (largest > 0 ? fround(63 / largest) : 0);
  const [inverseScale, inverseMinimum] = [inverse(largestScale), inverse(largestMinimum)];
  const q = new Uint8Array(256);
  const [d, dMinimum] = [fround(largestScale / 63), fround(largestMinimum / 63)];
  writeUint16(bytes, at, halfBits(d));
  writeUint16(bytes, at + 2, halfBits(dMinimum));
  for (const [j, [scale, minimum]] of parts.entries()) {
    const s = Math.min(63, nearest(fround(inverseScale * scale)));
    const m = Math.min(63, nearest(fround(inverseMinimum * minimum)));
    // Six bits each: those of the last four parts share a byte, and their upper bits lie in the first four's.
    if (j < 4) {
      bytes[at + 4 + j] = s;
      bytes[at + 8 + j] = m;
    } else {
      bytes[at + 8 + j] = (s & 15) | ((m & 15) << 4);
      bytes[at + j]! |= (s >> 4) << 6;
      bytes[at + 4 + j]! |= (m >> 4) << 6;
    }
    const step = fround(stored(d) * s);
    const offset = fround(stored(dMinimum) * m);
    for (let i = 32 * j; i < 32 * j + 32; i++)
      q[i] = step ? clamp(nearest(fround(fround(values[from + i]! + offset) / step)), 0, 15) : 0;
  }
  for (let pair = 0; pair < 4; pair++)
    for (let i = 0; i < 32; i++)
      bytes[at + 16 + 32 * pair + i] = q[64 * pair + i]! | (q[64 * pair + 32 + i]! << 4);
};

/** Blocks of 256 values whose parts have scales of their own. */
export const quantizeKBlocks = (values: Float32Array, type: 'Q4_K' | 'Q6_K'): Uint8Array => {
  const [size, write] = type === 'Q4_K' ? [144, q4Block] : [210, q6Block];
  const blocks = values.length / 256;
  const out = new Uint8Array(blocks * size);
  for (let i = 0; i < blocks; i++) write(out, i * size, values, i * 256);
  return out;
};
