import { CheckpointError } from '../checkpoint-error.js';
import type { GgufMetadata } from './gguf-metadata.js';
import { shortestFloat32 } from './shortest-float32.js';

/** `rope_scaling` of config.json. */
export type RopeScaling = Readonly<Record<string, string | number>> | null;

/**
 * The rotation's scaling as config.json writes it, from metadata (linear, yarn) or, for Llama 3, from the divisor of
 * each frequency that the file holds in place of the rule's parameters.
 *
 * @param divisors `rope_freqs.weight`, `[headDim / 2]`
 * @throws {CheckpointError} when the divisors do not follow Llama 3's rule, or the scaling is of another kind
 */
export const ropeScaling = (
  metadata: GgufMetadata,
  architecture: string,
  ropeTheta: number,
  divisors: Float32Array | undefined,
): RopeScaling => {
  if (divisors) return llama3Scaling(metadata.file, ropeTheta, divisors);
  const key = (name: string) => `${architecture}.rope.scaling.${name}`;
  const type = metadata.string(key('type')) ?? 'none';
  if (type === 'none') return null;
  if (type !== 'linear' && type !== 'yarn') {
    throw new CheckpointError(
      metadata.file,
      `${key('type')} is "${type}"; linear and yarn can be converted.`,
    );
  }
  const factor = shortestFloat32(metadata.required(metadata.number, key('factor')));
  const original = metadata.number(key('original_context_length'));
  return {
    rope_type: type,
    factor,
    ...(original !== undefined && { original_max_position_embeddings: original }),
  };
};

/**
 * Finds Llama 3's parameters for these divisors. Frequencies whose wavelength is under original / high keep their
 * value, those over original / low are divided by the factor, those between go smoothly from one to the other. Only
 * the ratios of low, high and original matter, so low is 1; every released Llama 3 has high = 4.
 *
 * @see transformers `modeling_rope_utils.py`, `_compute_llama3_parameters`
 */
const llama3Scaling = (file: string, ropeTheta: number, divisors: Float32Array): RopeScaling => {
  const factor = Math.max(...divisors);
  const [low, high] = [1, 4];
  const wavelengths = Array.from(divisors, (_, i) => 2 * Math.PI * ropeTheta ** (i / divisors.length));
  const scaling = (original: number) =>
    wavelengths.map(wavelength => {
      const smooth = Math.min(1, Math.max(0, (original / wavelength - low) / (high - low)));
      return 1 / ((1 - smooth) / factor + smooth);
    });
  // A divisor between 1 and the factor gives the original context; without one, only the usual one is tried.
  const between = divisors.findIndex(divisor => divisor > 1.001 && divisor < factor * 0.999);
  const smooth = (1 / divisors[between]! - 1 / factor) / (1 - 1 / factor);
  const original = between < 0 ? 8192 : Math.round(wavelengths[between]! * (smooth * (high - low) + low));
  const fits = scaling(original).every((value, i) => Math.abs(value / divisors[i]! - 1) < 1e-3);
  if (!fits) {
    throw new CheckpointError(
      file,
      'holds rotation frequencies that do not follow Llama 3’s rule, so config.json cannot say them. ' +
        'Use the model in Hugging Face layout.',
      { tensor: 'rope_freqs.weight' },
    );
  }
  return {
    rope_type: 'llama3',
    factor: shortestFloat32(factor),
    low_freq_factor: low,
    high_freq_factor: high,
    original_max_position_embeddings: original,
  };
};
