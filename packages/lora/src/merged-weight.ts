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
