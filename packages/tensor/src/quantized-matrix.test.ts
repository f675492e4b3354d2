import { describe, expect, test } from 'vitest';
import { type QuantizedMatrix, quantizeMatrix } from './quantized-matrix.js';
import type { StoredBytes } from './tensor.js';
import { pseudoRandom } from './testing/samples.js';

const bytesOf = (stored: StoredBytes): Uint8Array => ('data' in stored ? stored.data : new Uint8Array());

/** The numbers that a matrix stands for, by the layout that its documentation promises. */
const widened = ({ dtype, shape: [out, in_], block, values, scales, zeroPoints }: QuantizedMatrix) => {
  const blocks = in_ / block;
  const bytes = bytesOf(values);
  const { buffer, byteOffset } = bytesOf(scales);
  const scale = new Float32Array(buffer, byteOffset, out * blocks);
  const nibble = (from: Uint8Array, index: number) => (from[index >> 1]! >> (4 * (index & 1))) & 15;
  return Float32Array.from({ length: out * in_ }, (_, i) => {
    const [row, b] = [Math.floor(i / in_), Math.floor((i % in_) / block)];
    const [q, zero] =
      dtype === 'uint8'
        ? [bytes[i]!, 128]
        : [nibble(bytes, i), nibble(bytesOf(zeroPoints!), row * 2 * Math.ceil(blocks / 2) + b)];
    return Math.fround(scale[row * blocks + b]! * (q - zero));
  });
};

const random = pseudoRandom(5);
const shape = [6, 96] as const;
const matrix = Float32Array.from({ length: 6 * 96 }, (_, i) => (random() + (i % 7 === 0 ? 0.4 : 0)) / 3);
const worst = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe('a quantized matrix', () => {
  test('is never further from the numbers than half a step, in 8 bits', () => {
    const q = quantizeMatrix(matrix, shape, { bits: 8 });
    expect(worst(widened(q), matrix)).toBeLessThan(Math.max(...matrix) / 127 / 2 + 1e-7);
  });

  test('is never further than a step of 15, in 4 bits, and less than a third of a step on average', () => {
    const close = widened(quantizeMatrix(matrix, shape, { bits: 4 }));
    const step = (Math.max(...matrix) - Math.min(...matrix)) / 15;
    expect(worst(close, matrix)).toBeLessThan(step);
    const squares = close.reduce((sum, x, i) => sum + (x - matrix[i]!) ** 2, 0);
    expect(Math.sqrt(squares / matrix.length)).toBeLessThan(step / 3);
  });

  test('gives back what its own steps can hold', () => {
    const steps = Float32Array.from(matrix, (_, i) => ((i * 7) % 16) - 5 - ((i >> 5) % 3));
    expect(worst(widened(quantizeMatrix(steps, shape, { bits: 4 })), steps)).toBeLessThan(1e-6);
    const symmetric = Float32Array.from(matrix, (_, i) => (i % 32 === 0 ? -127 : ((i * 37) % 255) - 127) / 8);
    expect(worst(widened(quantizeMatrix(symmetric, shape, { bits: 8 })), symmetric)).toBe(0);
  });

  test('of zeros is zeros', () => {
    const zeros = new Float32Array(64);
    for (const bits of [4, 8] as const)
      expect(worst(widened(quantizeMatrix(zeros, [2, 32], { bits })), zeros)).toBe(0);
  });

  test('whose rows are no whole blocks is refused', () => {
    expect(() => quantizeMatrix(new Float32Array(40), [1, 40], { bits: 4 })).toThrow(
      'A matrix with 40 columns cannot be quantized in blocks of 32.',
    );
  });
});
