import { describe, expect, it } from 'vitest';
import golden from '../../../../fixtures/schedules.json' with { type: 'json' };
import { learningRates, type ScheduleName, schedules, warmupSteps } from './schedules.js';

describe('learningRates', () => {
  for (const { rates, max_steps, ...options } of golden.cases) {
    const { lr_scheduler_type, lr_scheduler_kwargs, warmup_steps } = options;
    const given = Object.entries(lr_scheduler_kwargs).map(([key, value]) => ` ${key} ${value}`);
    it(`${lr_scheduler_type} with warm-up ${warmup_steps}${given} agrees with transformers`, () => {
      const rate = learningRates(
        {
          lr_scheduler_type: lr_scheduler_type as ScheduleName,
          lr_scheduler_kwargs: lr_scheduler_kwargs as Record<string, number | string>,
          warmup_steps,
          learning_rate: 1,
        },
        max_steps,
      );
      rates.forEach((expected, step) => {
        expect(rate(step), `step ${step}`).toBeCloseTo(expected, 8);
      });
    });
  }

  it('has a golden case for every schedule', () => {
    expect(new Set(golden.cases.map(({ lr_scheduler_type }) => lr_scheduler_type))).toEqual(
      new Set(Object.keys(schedules)),
    );
  });

  it('ends a polynomial schedule at lr_end, whatever the peak', () => {
    const rate = learningRates(
      {
        lr_scheduler_type: 'polynomial',
        lr_scheduler_kwargs: { lr_end: 1e-4 },
        warmup_steps: 0,
        learning_rate: 2e-3,
      },
      10,
    );
    expect(rate(0)).toBeCloseTo(2e-3, 12);
    expect(rate(10)).toBeCloseTo(1e-4, 12);
  });

  it('takes min_lr as a rate, whatever the peak', () => {
    const rate = (lr_scheduler_kwargs: Record<string, number>) =>
      learningRates(
        {
          lr_scheduler_type: 'cosine_with_min_lr',
          lr_scheduler_kwargs,
          warmup_steps: 2,
          learning_rate: 2e-4,
        },
        10,
      );
    const [absolute, relative] = [rate({ min_lr: 2e-5 }), rate({ min_lr_rate: 0.1 })];
    for (let step = 0; step <= 10; step++) expect(absolute(step)).toBeCloseTo(relative(step), 15);
    expect(absolute(10)).toBeCloseTo(2e-5, 15);
  });

  it('refuses keywords that would have no effect, and says which are missing', () => {
    const start =
      (lr_scheduler_type: ScheduleName, lr_scheduler_kwargs: Record<string, number | string>) => () =>
        learningRates({ lr_scheduler_type, lr_scheduler_kwargs, warmup_steps: 0, learning_rate: 1 }, 10);
    expect(start('linear', { num_cycles: 2 })).toThrow(
      'lr_scheduler_kwargs: "linear" has no num_cycles; it has: none.',
    );
    expect(start('cosine', { cycles: 2 })).toThrow('"cosine" has no cycles; it has: num_cycles.');
    expect(start('warmup_stable_decay', {})).toThrow('"warmup_stable_decay" needs num_decay_steps.');
    expect(start('warmup_stable_decay', { num_decay_steps: 2, decay_type: 'sqrt' })).toThrow(
      /decay_type of "warmup_stable_decay": .*"linear"\|"cosine"\|"1-sqrt"/,
    );
    const either = 'give either min_lr (a rate) or min_lr_rate (a share of learning_rate).';
    expect(start('cosine_with_min_lr', {})).toThrow(either);
    expect(start('cosine_with_min_lr', { min_lr: 0.1, min_lr_rate: 0.1 })).toThrow(either);
  });
});

describe('warmupSteps', () => {
  it('counts a warm-up below 1 as a share of all steps', () => {
    expect(warmupSteps(0.1, 25)).toBe(3);
    expect(warmupSteps(7, 25)).toBe(7);
    expect(warmupSteps(0, 25)).toBe(0);
  });
});
