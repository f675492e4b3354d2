/** The value of each of the 65,536 bit patterns of IEEE 754 binary16. */
const float16Values = Float32Array.from({ length: 0x10000 }, (_, bits) => {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent < 31
        ? (1024 + fraction) * 2 ** (exponent - 25)
        : fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN;
  return bits & 0x8000 ? -size : size;
});

/** The value of one float16. */
export const float16Value = (bits: number): number => float16Values[bits]!;

/** float16 bits to float32, exactly. */
export const widenFloat16 = (bits: Uint16Array): Float32Array => {
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = float16Values[bits[i]!]!;
  return out;
};

/** bfloat16 bits, which are the upper half of a float32, to float32. */
export const widenBfloat16 = (bits: Uint16Array): Float32Array => {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16;
  return new Float32Array(out.buffer);
};

/** float32 to the nearest float16, ties to even; beyond 65,504 to infinity. */
export const narrowToFloat16 = (values: Float32Array): Uint16Array => {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const sign = (bits[i]! >>> 16) & 0x8000;
    const size = bits[i]! & 0x7fffffff;
    let half: number;
    if (size > 0x7f800000) half = 0x7e00;
    else if (size >= 0x477ff000) half = 0x7c00;
    else if (size >= 0x38800000) half = (size + 0xfff + ((size >>> 13) & 1) - (112 << 23)) >>> 13;
    // Adding 2^52 leaves no bits for a fraction, so the sum is rounded, ties to even.
    else half = Math.abs(values[i]!) * 2 ** 24 + 2 ** 52 - 2 ** 52;
    out[i] = sign | half;
  }
  return out;
};

/** float32 to the nearest bfloat16, ties to even. */
export const narrowToBfloat16 = (values: Float32Array): Uint16Array => {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = bits[i]!;
    const notANumber = (value & 0x7fffffff) > 0x7f800000;
    out[i] = notANumber ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return out;
};
