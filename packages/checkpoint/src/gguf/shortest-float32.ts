/** The shortest decimal number that is this float32: 1e-5, where a GGUF file's eps reads as 9.999999747378752e-6. */
export const shortestFloat32 = (value: number): number => {
  const exact = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(exact.toPrecision(digits));
    if (Math.fround(short) === exact) return short;
  }
  return value;
};
