import { expect, test } from 'vitest';
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from './half-floats.js';

const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
const isNaN16 = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
const isNaNBrain = (bits: number) => (bits & 0x7f80) === 0x7f80 && (bits & 0x7f) !== 0;

test('float16 has the values that IEEE 754 lists', () => {
  const bits = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x3555, 0x7c00, 0x8000];
  expect([...widenFloat16(Uint16Array.from(bits))]).toEqual([
    1,
    -2,
    65504,
    2 ** -14,
    (1023 / 1024) * 2 ** -14,
    2 ** -24,
    0.333251953125,
    Number.POSITIVE_INFINITY,
    -0,
  ]);
});

test('every float16 and every bfloat16 survives widening and narrowing', () => {
  const half = narrowToFloat16(widenFloat16(all));
  const brain = narrowToBfloat16(widenBfloat16(all));
  const changed = [...all].filter(
    bits =>
      (isNaN16(bits) ? !isNaN16(half[bits]!) : half[bits] !== bits) ||
      (isNaNBrain(bits) ? !isNaNBrain(brain[bits]!) : brain[bits] !== bits),
  );
  expect(changed).toEqual([]);
});

test('values between two float16 or bfloat16 go to the nearest, halfway ones to the even', () => {
  // Each finite pattern and its successor: a value just below, at and just above their middle.
  for (const [widen, narrow, last] of [
    [widenFloat16, narrowToFloat16, 0x7bff],
    [widenBfloat16, narrowToBfloat16, 0x7f7f],
  ] as const) {
    const values = widen(all);
    for (let bits = 0; bits < last; bits++) {
      const [low, high] = [values[bits]!, values[bits + 1]!];
      const middle = low + (high - low) / 2;
      const nudge = (high - low) / 64;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const input = Float32Array.of(middle - nudge, middle, middle + nudge, -middle);
      if (input[1] !== middle || input[0] === middle) continue; // not a float32: the smallest bfloat16s
      expect([...narrow(input)]).toEqual([bits, even, bits + 1, even | 0x8000]);
    }
  }
});

test('what float16 cannot hold becomes infinity from 65,520 on', () => {
  expect([...narrowToFloat16(Float32Array.of(65519, 65520, -1e9))]).toEqual([0x7bff, 0x7c00, 0xfc00]);
});
