/**
 * `W + scaling · B A`, in place, in float32.
 *
 * @param weight W `[out, in]`
 * @param product.A `[r, in]`
 * @param product.B `[out, r]`
 * @returns whether all elements are finite
 * @see Hu et al. 2021, section 4.1; peft `lora.Linear.get_delta_weight`
 */
export const addLowRankProduct = (
  weight: Float32Array,
  { A, B, r, scaling }: { A: Float32Array; B: Float32Array; r: number; scaling: number },
): boolean => {
  const inFeatures = A.length / r;
  const outFeatures = B.length / r;
  const delta = new Float64Array(inFeatures);
  let finite = true;
  for (let o = 0; o < outFeatures; o++) {
    delta.fill(0);
    for (let k = 0; k < r; k++) {
      const b = scaling * B[o * r + k]!;
      if (b === 0) continue;
      const row = k * inFeatures;
      for (let i = 0; i < inFeatures; i++) delta[i]! += b * A[row + i]!;
    }
    const start = o * inFeatures;
    for (let i = 0; i < inFeatures; i++) {
      const sum = Math.fround(weight[start + i]! + delta[i]!);
      weight[start + i] = sum;
      finite &&= Number.isFinite(sum);
    }
  }
  return finite;
};

/** The Euclidean norm of each row of `weight [out, in]`. */
export const rowNorms = (weight: Float32Array, outFeatures: number): Float32Array => {
  const inFeatures = weight.length / outFeatures;
  return Float32Array.from({ length: outFeatures }, (_, o) => {
    let square = 0;
    for (let i = 0; i < inFeatures; i++) square += weight[o * inFeatures + i]! ** 2;
    return Math.sqrt(square);
  });
};

/**
 * Scales each row to its magnitude, in place.
 *
 * @param weight `[out, in]`: `W + s · B A`
 * @param magnitude `[out]`
 * @returns whether all elements are finite
 * @see Liu et al. 2024, equation 5; peft `DoraLinearVariant.merge_safe`
 */
export const scaleRows = (weight: Float32Array, magnitude: Float32Array): boolean => {
  const inFeatures = weight.length / magnitude.length;
  const norms = rowNorms(weight, magnitude.length);
  let finite = true;
  for (let o = 0; o < magnitude.length; o++) {
    const factor = magnitude[o]! / norms[o]!;
    finite &&= Number.isFinite(factor);
    for (let i = 0; i < inFeatures; i++) weight[o * inFeatures + i]! *= factor;
  }
  return finite;
};
