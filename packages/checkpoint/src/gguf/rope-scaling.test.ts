import { expect, test } from 'vitest';
import { GgufMetadata } from './gguf-metadata.js';
import { ropeScaling } from './rope-scaling.js';

/** Llama 3's rule, as transformers computes it (`_compute_llama3_parameters`), from the other side. */
const divisors = (
  theta: number,
  headDim: number,
  factor: number,
  low: number,
  high: number,
  original: number,
) =>
  Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * theta ** ((2 * i) / headDim);
    if (wavelength < original / high) return 1;
    if (wavelength > original / low) return factor;
    const smooth = (original / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
const none = new GgufMetadata('m.gguf', []);

test.each([
  ['Llama 3.1', 500_000, 128, 8, 8192],
  ['Llama 3.2', 500_000, 64, 32, 8192],
  ['a short one', 10_000, 12, 8, 32],
])('the parameters of %s are found from its frequencies', (_, theta, headDim, factor, original) => {
  const found = ropeScaling(none, 'llama', theta, divisors(theta, headDim, factor, 1, 4, original));
  expect(found).toEqual({
    rope_type: 'llama3',
    factor,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: original,
  });
});

test('frequencies of another rule are refused', () => {
  const other = divisors(500_000, 128, 8, 1, 4, 8192).map(value => Math.sqrt(value));
  other[63] = 8;
  expect(() => ropeScaling(none, 'llama', 500_000, other)).toThrow(
    'm.gguf: tensor "rope_freqs.weight": holds rotation frequencies that do not follow Llama 3’s rule',
  );
});

test('linear scaling is passed on, an unknown kind is refused', () => {
  const with_ = (type: string) =>
    new GgufMetadata('m.gguf', [
      ['llama.rope.scaling.type', type],
      ['llama.rope.scaling.factor', Math.fround(2.2)],
    ]);
  expect(ropeScaling(with_('linear'), 'llama', 10_000, undefined)).toEqual({
    rope_type: 'linear',
    factor: 2.2,
  });
  expect(ropeScaling(with_('none'), 'llama', 10_000, undefined)).toBe(null);
  expect(() => ropeScaling(with_('longrope'), 'llama', 10_000, undefined)).toThrow(
    'm.gguf: llama.rope.scaling.type is "longrope"; linear and yarn can be converted.',
  );
});
