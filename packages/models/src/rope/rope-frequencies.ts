import type { RopeParameters } from '../config/rope-parameters.js';

const f32 = Math.fround;

/** The kinds of scaling that give a text other frequencies once it is longer than `original_max_position_embeddings`. */
export type LengthDependentRope = Extract<RopeParameters, { rope_type: 'dynamic' | 'longrope' }>;

export const dependsOnLength = (rope: RopeParameters): rope is LengthDependentRope =>
  rope.rope_type === 'dynamic' || rope.rope_type === 'longrope';

/**
 * Radians by which each pair of a head turns from one position to the next, `[head_dim / 2]`.
 *
 * transformers works them out in float32, so the same roundings are made here: at position 8000 the last bit of a
 * frequency already moves an angle by 0.0005.
 *
 * @param head_dim how many elements of a head are rotated
 * @param length how many tokens the text has, where frequencies depend on it; default: few
 * @see Su et al. 2021, section 3.4; transformers `modeling_rope_utils.py`
 */
export const inverseFrequencies = (rope: RopeParameters, head_dim: number, length = 0): number[] => {
  const powersOf = (theta: number) =>
    Array.from({ length: head_dim / 2 }, (_, i) => f32(theta ** f32((2 * i) / head_dim)));
  const frequencies = powersOf(rope.rope_theta).map(power => f32(1 / power));
  switch (rope.rope_type) {
    case 'default':
      return frequencies;
    case 'dynamic': {
      if (length <= rope.original_max_position_embeddings) return frequencies;
      return powersOf(stretchedTheta(rope, head_dim, length)).map(power => f32(1 / power));
    }
    case 'linear':
      return frequencies.map(frequency => f32(frequency / rope.factor));
    case 'llama3':
      return frequencies.map(frequency => f32(llama3Frequency(frequency, rope)));
    case 'yarn':
      return yarnFrequencies(powersOf(rope.rope_theta), rope, head_dim);
    case 'longrope': {
      const long = length > rope.original_max_position_embeddings;
      const powers = powersOf(rope.rope_theta);
      return (long ? rope.long_factor : rope.short_factor).map((factor, i) =>
        f32(1 / f32(f32(factor) * powers[i]!)),
      );
    }
  }
};

/** Grows with the text, so that its slowest wave is as long as it needs ("NTK-aware" scaling). */
const stretchedTheta = (
  { rope_theta, factor, original_max_position_embeddings }: Extract<RopeParameters, { rope_type: 'dynamic' }>,
  head_dim: number,
  length: number,
): number => {
  const stretch = f32(f32(f32(factor * length) / original_max_position_embeddings) - (factor - 1));
  return f32(rope_theta * f32(stretch ** f32(head_dim / (head_dim - 2))));
};

/** Frequencies that rotate often in the original context stay, rare ones are divided by `factor`, a ramp between. */
const yarnFrequencies = (
  powers: readonly number[],
  rope: Extract<RopeParameters, { rope_type: 'yarn' }>,
  head_dim: number,
): number[] => {
  const { rope_theta, factor, beta_fast, beta_slow, truncate, original_max_position_embeddings } = rope;
  const indexOf = (rotations: number) =>
    (head_dim * Math.log(original_max_position_embeddings / (rotations * 2 * Math.PI))) /
    (2 * Math.log(rope_theta));
  const [fast, slow] = [indexOf(beta_fast), indexOf(beta_slow)];
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const top = Math.min(truncate ? Math.ceil(slow) : slow, head_dim - 1);
  const high = low === top ? top + 0.001 : top;
  return powers.map((power, i) => {
    const ramp = f32(Math.min(1, Math.max(0, f32(f32(i - low) / f32(high - low)))));
    const kept = f32(1 - ramp);
    const interpolated = f32(1 / f32(factor * power));
    return f32(f32(interpolated * f32(1 - kept)) + f32(f32(1 / power) * kept));
  });
};

/** Long waves are stretched by `factor`, short ones stay, those between are blended (Llama 3.1). */
const llama3Frequency = (
  frequency: number,
  rope: Extract<RopeParameters, { rope_type: 'llama3' }>,
): number => {
  const { factor, low_freq_factor: low, high_freq_factor: high } = rope;
  const context = rope.original_max_position_embeddings;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > context / low) return frequency / factor;
  if (wavelength < context / high) return frequency;
  const smooth = (context / wavelength - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
};
