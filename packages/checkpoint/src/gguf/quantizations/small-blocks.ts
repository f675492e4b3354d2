import { blocks, half, type Quantization, signed, uint32 } from './quantization.js';

// Products and sums of these types have too few bits to be rounded before they become float32.

/** The 4-bit number of element `i` of 32: low halves of 16 bytes, then their high halves. */
const nibble = (bytes: Uint8Array, at: number, i: number): number =>
  i < 16 ? bytes[at + i]! & 15 : bytes[at + i - 16]! >> 4;

/** Values of the 16 numbers of IQ4_NL and IQ4_XS. */
export const nonLinear = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113] as const;

/** Doubled values of the 16 numbers of FP4 (E2M1). */
const fp4 = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12] as const;

const each = (out: Float32Array, to: number, count: number, value: (i: number) => number): void => {
  for (let i = 0; i < count; i++) out[to + i] = value(i);
};

/** Blocks of 32 elements with one scale. */
export const smallBlocks: Readonly<Record<string, Quantization>> = {
  Q4_0: blocks(32, 18, (bytes, at, out, to) => {
    const scale = half(bytes, at);
    each(out, to, 32, i => scale * (nibble(bytes, at + 2, i) - 8));
  }),
  Q4_1: blocks(32, 20, (bytes, at, out, to) => {
    const [scale, least] = [half(bytes, at), half(bytes, at + 2)];
    each(out, to, 32, i => scale * nibble(bytes, at + 4, i) + least);
  }),
  // The fifth bits of all 32 elements stand before the halves.
  Q5_0: blocks(32, 22, (bytes, at, out, to) => {
    const [scale, fifth] = [half(bytes, at), uint32(bytes, at + 2)];
    each(out, to, 32, i => scale * ((nibble(bytes, at + 6, i) | (((fifth >>> i) & 1) << 4)) - 16));
  }),
  Q5_1: blocks(32, 24, (bytes, at, out, to) => {
    const [scale, least, fifth] = [half(bytes, at), half(bytes, at + 2), uint32(bytes, at + 4)];
    each(out, to, 32, i => scale * (nibble(bytes, at + 8, i) | (((fifth >>> i) & 1) << 4)) + least);
  }),
  Q8_0: blocks(32, 34, (bytes, at, out, to) => {
    const scale = half(bytes, at);
    each(out, to, 32, i => scale * signed(bytes[at + 2 + i]!));
  }),
  IQ4_NL: blocks(32, 18, (bytes, at, out, to) => {
    const scale = half(bytes, at);
    each(out, to, 32, i => scale * nonLinear[nibble(bytes, at + 2, i)]!);
  }),
  // The scale is a power of two, stored as its exponent; values of FP4 are doubled, so the scale is halved.
  MXFP4: blocks(32, 17, (bytes, at, out, to) => {
    const scale = 2 ** (bytes[at]! - 128);
    each(out, to, 32, i => scale * fp4[nibble(bytes, at + 1, i)]!);
  }),
};
