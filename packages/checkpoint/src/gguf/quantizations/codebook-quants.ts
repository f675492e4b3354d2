import { float16Value } from '../../tensors/half-floats.js';
import { codebooks } from './codebooks.js';
import { blocks, half, type Quantization, uint16, uint32 } from './quantization.js';

/** Groups of 4 or 8 values that a type chooses from, by their number. */
const codebook = (name: keyof typeof codebooks): readonly (readonly number[])[] => {
  const { values, entries } = codebooks[name];
  const bits = values.length > 4 ? 4 : 2;
  return Array.from({ length: entries.length / 4 }, (_, entry) => {
    const packed = Number.parseInt(entries.slice(4 * entry, 4 * entry + 4), 16);
    return Array.from({ length: 16 / bits }, (_, i) => values[(packed >> (bits * i)) & (2 ** bits - 1)]!);
  });
};

const lazily = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

const book = {
  IQ1: lazily(() => codebook('IQ1')),
  IQ2_XXS: lazily(() => codebook('IQ2_XXS')),
  IQ2_XS: lazily(() => codebook('IQ2_XS')),
  IQ2_S: lazily(() => codebook('IQ2_S')),
  IQ3_XXS: lazily(() => codebook('IQ3_XXS')),
  IQ3_S: lazily(() => codebook('IQ3_S')),
};

/** Signs of eight values from seven bits: the eighth makes the number of minus signs even. */
const evenSigns = (seven: number): number => {
  let parity = seven;
  parity ^= parity >> 4;
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return seven | ((parity & 1) << 7);
};

const sign = (signs: number, i: number): number => ((signs >> i) & 1 ? -1 : 1);

const nibbleScale = (bytes: Uint8Array, at: number, group: number): number =>
  (bytes[at + (group >> 1)]! >> ((group & 1) * 4)) & 15;

/** Blocks of 256 elements, in groups of 4 or 8 that are entries of a table. */
export const codebookQuants: Readonly<Record<string, Quantization>> = {
  // For 32 elements: four entries, then four times seven signs and a scale of 4 bits.
  IQ2_XXS: blocks(256, 66, (bytes, at, out, to) => {
    const factor = half(bytes, at);
    for (let i = 0; i < 256; i++) {
      const from = at + 2 + (i >> 5) * 8;
      const [part, rest] = [(i >> 3) & 3, uint32(bytes, from + 4)];
      const signs = evenSigns((rest >>> (7 * part)) & 127);
      const value = book.IQ2_XXS()[bytes[from + part]!]![i & 7]!;
      out[to + i] = factor * (0.5 + (rest >>> 28)) * 0.25 * value * sign(signs, i & 7);
    }
  }),
  IQ2_XS: blocks(256, 74, (bytes, at, out, to) => {
    const factor = half(bytes, at);
    for (let i = 0; i < 256; i++) {
      const entry = uint16(bytes, at + 2 + (i >> 3) * 2);
      const scale = factor * (0.5 + nibbleScale(bytes, at + 66, i >> 4)) * 0.25;
      out[to + i] = scale * book.IQ2_XS()[entry & 511]![i & 7]! * sign(evenSigns(entry >> 9), i & 7);
    }
  }),
  // 32 bytes of entries, 32 of signs, 8 with two more bits of each entry, 8 with 16 scales.
  IQ2_S: blocks(256, 82, (bytes, at, out, to) => {
    const factor = half(bytes, at);
    for (let i = 0; i < 256; i++) {
      const group = i >> 3;
      const high = (bytes[at + 66 + (group >> 2)]! >> (2 * (group & 3))) & 3;
      const value = book.IQ2_S()[bytes[at + 2 + group]! | (high << 8)]![i & 7]!;
      const scale = factor * (0.5 + nibbleScale(bytes, at + 74, i >> 4)) * 0.25;
      out[to + i] = scale * value * sign(bytes[at + 34 + group]!, i & 7);
    }
  }),
  IQ3_XXS: blocks(256, 98, (bytes, at, out, to) => {
    const factor = half(bytes, at);
    for (let i = 0; i < 256; i++) {
      const rest = uint32(bytes, at + 66 + (i >> 5) * 4);
      const signs = evenSigns((rest >>> (7 * ((i >> 3) & 3))) & 127);
      const value = book.IQ3_XXS()[bytes[at + 2 + (i >> 2)]!]![i & 3]!;
      out[to + i] = factor * (0.5 + (rest >>> 28)) * 0.5 * value * sign(signs, i & 7);
    }
  }),
  // 64 bytes of entries, 8 with one more bit of each, 32 of signs, 4 with 8 scales.
  IQ3_S: blocks(256, 110, (bytes, at, out, to) => {
    const factor = half(bytes, at);
    for (let i = 0; i < 256; i++) {
      const group = i >> 2;
      const high = (bytes[at + 66 + (group >> 3)]! >> (group & 7)) & 1;
      const value = book.IQ3_S()[bytes[at + 2 + group]! | (high << 8)]![i & 3]!;
      const scale = factor * (1 + 2 * nibbleScale(bytes, at + 106, i >> 5));
      out[to + i] = scale * value * sign(bytes[at + 74 + (i >> 3)]!, i & 7);
    }
  }),
  // 32 bytes of entries, then for 32 elements three more bits of each, a scale of 3 bits and the sign of a shift.
  IQ1_S: blocks(256, 50, (bytes, at, out, to) => {
    const factor = half(bytes, at);
    for (let i = 0; i < 256; i++) {
      const [group, rest] = [i >> 3, uint16(bytes, at + 34 + (i >> 5) * 2)];
      const high = (rest >> (3 * (group & 3))) & 7;
      const value = book.IQ1()[bytes[at + 2 + group]! | (high << 8)]![i & 7]!;
      const shift = rest & 0x8000 ? -0.125 : 0.125;
      out[to + i] = factor * (2 * ((rest >> 12) & 7) + 1) * (value + shift);
    }
  }),
  // The factor is spread over the highest bits of the four numbers that hold the scales.
  IQ1_M: blocks(256, 56, (bytes, at, out, to) => {
    const scales = [0, 1, 2, 3].map(i => uint16(bytes, at + 48 + 2 * i));
    const factor = float16Value(scales.reduce((all, packed, i) => all | ((packed >> 12) << (4 * i)), 0));
    for (let i = 0; i < 256; i++) {
      const group = i >> 3;
      const high = (bytes[at + 32 + (group >> 1)]! >> ((group & 1) * 4)) & 15;
      const scale = (scales[i >> 6]! >> (3 * ((i >> 4) & 3))) & 7;
      const value = book.IQ1()[bytes[at + group]! | ((high & 7) << 8)]![i & 7]!;
      out[to + i] = factor * (2 * scale + 1) * (value + (high & 8 ? -0.125 : 0.125));
    }
  }),
};
