import { describe, expect, it } from 'vitest';
import type { LoraTarget } from '../config/lora-targets.js';
import { initLora } from './init-lora.js';

const target = (name: string): LoraTarget => ({ name, r: 4, scaling: 2, in_features: 400, out_features: 25 });
const targets = [target('layers.0.q_proj'), target('layers.0.v_proj')];
const A = 'base_model.model.layers.0.q_proj.lora_A.weight';
const B = 'base_model.model.layers.0.q_proj.lora_B.weight';

const moments = (values: Float32Array) => {
  const mean = values.reduce((total, x) => total + x, 0) / values.length;
  const variance = values.reduce((total, x) => total + (x - mean) ** 2, 0) / values.length;
  return {
    mean,
    deviation: Math.sqrt(variance),
    largest: values.reduce((m, x) => Math.max(m, Math.abs(x)), 0),
  };
};

describe('a new adapter', () => {
  it('starts as nothing: B is zero, A uniform within 1 / sqrt(in)', () => {
    const values = initLora(targets, { seed: 1 });
    expect([...values.keys()].slice(0, 2)).toEqual([A, B]);
    expect(values.get(A)).toHaveLength(4 * 400);
    expect(values.get(B)).toEqual(new Float32Array(25 * 4));
    const { mean, deviation, largest } = moments(values.get(A)!);
    expect(largest).toBeLessThanOrEqual(1 / 20);
    expect(largest).toBeGreaterThan(0.99 / 20);
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(deviation).toBeCloseTo(1 / 20 / Math.sqrt(3), 2);
  });

  it('gaussian: A is normal with deviation 1 / r', () => {
    const values = initLora(targets, { seed: 1, init_lora_weights: 'gaussian' });
    const { mean, deviation, largest } = moments(values.get(A)!);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(deviation).toBeCloseTo(1 / 4, 1);
    expect(largest).toBeGreaterThan(3 / 4);
    expect(values.get(B)!.every(x => x === 0)).toBe(true);
  });

  it('false: B is uniform within 1 / sqrt(r)', () => {
    const { largest } = moments(initLora(targets, { seed: 1, init_lora_weights: false }).get(B)!);
    expect(largest).toBeLessThanOrEqual(1 / 2);
    expect(largest).toBeGreaterThan(0.4);
  });

  it('is the same for the same seed and another for another seed', () => {
    expect(initLora(targets, { seed: 7 })).toEqual(initLora(targets, { seed: 7 }));
    expect(initLora(targets, { seed: 7 }).get(A)).not.toEqual(initLora(targets, { seed: 8 }).get(A));
  });

  it('has values of its own in each matrix, and another target does not change them', () => {
    const both = initLora(targets, { seed: 7 });
    expect(both.get(A)).not.toEqual(both.get(A.replace('q_proj', 'v_proj')));
    expect(initLora(targets.slice(0, 1), { seed: 7 }).get(A)).toEqual(both.get(A));
  });

  it('that needs data to start is refused', () => {
    expect(() => initLora(targets, { seed: 1, init_lora_weights: 'eva' })).toThrow(
      'init_lora_weights: "eva" is not supported; use true, false or "gaussian".',
    );
  });
});
