import { blocks, half, type Quantization, signed, uint16 } from './quantization.js';
import { nonLinear } from './small-blocks.js';

/** Two bits of element `i` of 128: four elements share a byte, 32 bytes apart. */
const twoBits = (bytes: Uint8Array, at: number, i: number): number =>
  (bytes[at + (i >> 7) * 32 + (i & 31)]! >> (((i >> 5) & 3) * 2)) & 3;

/** Scale and minimum of a group, 6 bits each, of eight groups in 12 bytes (Q4_K, Q5_K). */
const sixBits = (bytes: Uint8Array, at: number, group: number): [scale: number, least: number] => {
  const packed = (i: number) => bytes[at + i]!;
  if (group < 4) return [packed(group) & 63, packed(group + 4) & 63];
  return [
    (packed(group + 4) & 15) | ((packed(group - 4) >> 6) << 4),
    (packed(group + 4) >> 4) | ((packed(group) >> 6) << 4),
  ];
};

/** Blocks of 256 elements, in groups of 16 or 32 with scales of their own. */
export const kQuants: Readonly<Record<string, Quantization>> = {
  // 16 bytes with a scale and a minimum of 4 bits, 64 bytes of elements, two factors.
  Q2_K: blocks(256, 84, (bytes, at, out, to) => {
    const [scaleFactor, leastFactor] = [half(bytes, at + 80), half(bytes, at + 82)];
    for (let i = 0; i < 256; i++) {
      const packed = bytes[at + (i >> 4)]!;
      const quant = twoBits(bytes, at + 16, i);
      out[to + i] = scaleFactor * (packed & 15) * quant - leastFactor * (packed >> 4);
    }
  }),
  // 32 bytes with the third bits, 64 bytes of elements, 16 scales of 6 bits in 12 bytes, one factor.
  Q3_K: blocks(256, 110, (bytes, at, out, to) => {
    const factor = half(bytes, at + 108);
    for (let i = 0; i < 256; i++) {
      const group = i >> 4;
      const low = (bytes[at + 96 + (group & 7)]! >> ((group >> 3) * 4)) & 15;
      const high = (bytes[at + 104 + (group & 3)]! >> ((group >> 2) * 2)) & 3;
      const third = (bytes[at + (i & 31)]! >> (i >> 5)) & 1;
      const quant = twoBits(bytes, at + 32, i) - (third ? 0 : 4);
      out[to + i] = factor * ((low | (high << 4)) - 32) * quant;
    }
  }),
  Q4_K: blocks(256, 144, (bytes, at, out, to) => {
    const [scaleFactor, leastFactor] = [half(bytes, at), half(bytes, at + 2)];
    for (let group = 0; group < 8; group++) {
      const [scale, least] = sixBits(bytes, at + 4, group);
      // Two groups share 32 bytes: the even one has the low halves.
      const from = at + 16 + (group >> 1) * 32;
      for (let i = 0; i < 32; i++) {
        const quant = (bytes[from + i]! >> ((group & 1) * 4)) & 15;
        out[to + group * 32 + i] = scaleFactor * scale * quant - leastFactor * least;
      }
    }
  }),
  // As Q4_K, with 32 bytes of fifth bits before the halves.
  Q5_K: blocks(256, 176, (bytes, at, out, to) => {
    const [scaleFactor, leastFactor] = [half(bytes, at), half(bytes, at + 2)];
    for (let group = 0; group < 8; group++) {
      const [scale, least] = sixBits(bytes, at + 4, group);
      const from = at + 48 + (group >> 1) * 32;
      for (let i = 0; i < 32; i++) {
        const low = (bytes[from + i]! >> ((group & 1) * 4)) & 15;
        const quant = low | (((bytes[at + 16 + i]! >> group) & 1) << 4);
        out[to + group * 32 + i] = scaleFactor * scale * quant - leastFactor * least;
      }
    }
  }),
  // 128 bytes of low halves, 64 bytes with two more bits of four elements each, 16 scales, one factor.
  Q6_K: blocks(256, 210, (bytes, at, out, to) => {
    const factor = half(bytes, at + 208);
    for (let i = 0; i < 256; i++) {
      const [part, quarter, column] = [i >> 7, (i >> 5) & 3, i & 31];
      const low = bytes[at + part * 64 + (quarter & 1) * 32 + column]! >> ((quarter >> 1) * 4);
      const high = bytes[at + 128 + part * 32 + column]! >> (quarter * 2);
      const scale = signed(bytes[at + 192 + (i >> 4)]!);
      out[to + i] = factor * scale * (((low & 15) | ((high & 3) << 4)) - 32);
    }
  }),
  // One factor, eight scales of 6 bits, and IQ4_NL's numbers.
  IQ4_XS: blocks(256, 136, (bytes, at, out, to) => {
    const [factor, high] = [half(bytes, at), uint16(bytes, at + 2)];
    for (let group = 0; group < 8; group++) {
      const low = (bytes[at + 4 + (group >> 1)]! >> ((group & 1) * 4)) & 15;
      const scale = factor * ((low | (((high >> (2 * group)) & 3) << 4)) - 32);
      const from = at + 8 + group * 16;
      for (let i = 0; i < 16; i++) {
        out[to + group * 32 + i] = scale * nonLinear[bytes[from + i]! & 15]!;
        out[to + group * 32 + 16 + i] = scale * nonLinear[bytes[from + i]! >> 4]!;
      }
    }
  }),
  // Elements of -1, 0 and 1: five in a byte as digits of base 3, and the last 16 of a block four in a byte.
  TQ1_0: blocks(256, 54, (bytes, at, out, to) => {
    const factor = half(bytes, at + 52);
    let i = to;
    for (const [from, size, digits] of [
      [0, 32, 5],
      [32, 16, 5],
      [48, 4, 4],
    ] as const)
      for (let digit = 0; digit < digits; digit++)
        for (let byte = 0; byte < size; byte++) {
          const shifted = (bytes[at + from + byte]! * 3 ** digit) & 255;
          out[i++] = factor * (((shifted * 3) >> 8) - 1);
        }
  }),
  TQ2_0: blocks(256, 66, (bytes, at, out, to) => {
    const factor = half(bytes, at + 64);
    for (let i = 0; i < 256; i++) out[to + i] = factor * (twoBits(bytes, at, i) - 1);
  }),
};
