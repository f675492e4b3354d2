import { describe, expect, it } from 'vitest';
import { stepPlan } from './step-plan.js';

const base = {
  max_steps: -1,
  num_train_epochs: 1,
  per_device_train_batch_size: 2,
  gradient_accumulation_steps: 2,
  shuffle: false,
  seed: 42,
};

describe('stepPlan', () => {
  it('ends an epoch on the batches and examples that are left', () => {
    const plan = stepPlan(9, { ...base, num_train_epochs: 2 });
    expect([plan.stepsPerEpoch, plan.totalSteps]).toEqual([3, 6]);
    expect(plan.batches(0)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(plan.batches(2)).toEqual([[8]]);
    expect(plan.batches(3)).toEqual(plan.batches(0));
    expect([1, 2, 3, 4, 6].map(steps => plan.epochAfter(steps))).toEqual([0.4, 0.8, 1, 1.4, 2]);
  });

  it('rounds a part of an epoch up to a whole step, and lets max_steps win over epochs', () => {
    expect(stepPlan(20, { ...base, num_train_epochs: 0.5 }).totalSteps).toBe(3);
    expect(stepPlan(20, { ...base, num_train_epochs: 1.1 }).totalSteps).toBe(6);
    expect(stepPlan(20, { ...base, num_train_epochs: 3, max_steps: 2 }).totalSteps).toBe(2);
    expect(stepPlan(3, { ...base, max_steps: 7 }).totalSteps).toBe(7);
  });

  it('visits every example once an epoch, in another order each epoch, the same for the same seed', () => {
    const options = { ...base, shuffle: true, num_train_epochs: 2 };
    const epochs = (seed: number) => {
      const plan = stepPlan(11, { ...options, seed });
      const steps = Array.from({ length: plan.totalSteps }, (_, i) => plan.batches(i).flat());
      return [steps.slice(0, plan.stepsPerEpoch).flat(), steps.slice(plan.stepsPerEpoch).flat()];
    };
    const [first, second] = epochs(1);
    expect(first!.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(second!.toSorted((a, b) => a - b)).toEqual(first!.toSorted((a, b) => a - b));
    expect(second).not.toEqual(first);
    expect(epochs(1)).toEqual([first, second]);
    expect(epochs(3)[0]).not.toEqual(first);
  });

  it('gives a step its batches without the steps before it: a resumed run reads the same examples', () => {
    const options = { ...base, shuffle: true, num_train_epochs: 3 };
    const plan = stepPlan(9, options);
    const inOrder = Array.from({ length: plan.totalSteps }, (_, i) => plan.batches(i));
    expect(stepPlan(9, options).batches(7)).toEqual(inOrder[7]);
  });
});
