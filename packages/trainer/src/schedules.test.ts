import { describe, expect, it } from 'vitest';
import { schedules, warmupSteps } from './schedules.js';

describe('schedules', () => {
  // Made with transformers 5.23: get_scheduler(name, AdamW, num_warmup_steps=2, num_training_steps=6), lr 1.
  it.each([
    ['constant', [1, 1, 1, 1, 1, 1]],
    ['constant_with_warmup', [0, 0.5, 1, 1, 1, 1]],
    ['linear', [0, 0.5, 1, 0.75, 0.5, 0.25]],
    ['cosine', [0, 0.5, 1, 0.8535533905932737, 0.5, 0.1464466094067262]],
  ] as const)('%s agrees with transformers', (name, expected) => {
    const factors = expected.map((_, step) => schedules[name]({ step, warmup: 2, total: 6 }));
    expected.forEach((factor, i) => {
      expect(factors[i]).toBeCloseTo(factor, 12);
    });
  });

  it('count a warm-up below 1 as a share of all steps', () => {
    expect(warmupSteps(0.1, 25)).toBe(3);
    expect(warmupSteps(7, 25)).toBe(7);
    expect(warmupSteps(0, 25)).toBe(0);
  });
});
