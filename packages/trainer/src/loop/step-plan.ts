import type { TrainingOptions } from '../training-options.js';
import { epochOrder } from './epoch-order.js';

/** Examples of each optimizer step, by position: a pure function of the options. */
export interface StepPlan {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** @returns the batches of step `index` (from 0), each a list of example positions */
  batches(index: number): number[][];
  /** Epochs done after `steps` steps, as transformers logs them. */
  epochAfter(steps: number): number;
}

type PlanOptions = Pick<
  TrainingOptions,
  | 'max_steps'
  | 'num_train_epochs'
  | 'per_device_train_batch_size'
  | 'gradient_accumulation_steps'
  | 'shuffle'
  | 'seed'
>;

/**
 * The last batch of an epoch may be smaller, and the last step of an epoch may have fewer batches.
 *
 * @see transformers `Trainer`: steps an epoch = ceil(batches / accumulation), max_steps = ceil(epochs · steps)
 */
export const stepPlan = (examples: number, options: PlanOptions): StepPlan => {
  const {
    per_device_train_batch_size: size,
    gradient_accumulation_steps: accumulation,
    shuffle,
    seed,
  } = options;
  const batches = Math.ceil(examples / size);
  const stepsPerEpoch = Math.ceil(batches / accumulation);
  const totalSteps =
    options.max_steps > 0 ? options.max_steps : Math.ceil(options.num_train_epochs * stepsPerEpoch);
  let current: { epoch: number; order: number[] } | undefined;
  const orderOf = (epoch: number) => {
    if (current?.epoch !== epoch) current = { epoch, order: epochOrder(examples, { shuffle, seed, epoch }) };
    return current.order;
  };
  return {
    stepsPerEpoch,
    totalSteps,
    batches(index) {
      const order = orderOf(Math.floor(index / stepsPerEpoch));
      const first = (index % stepsPerEpoch) * accumulation;
      const count = Math.min(accumulation, batches - first);
      return Array.from({ length: count }, (_, i) => order.slice((first + i) * size, (first + i + 1) * size));
    },
    epochAfter(steps) {
      const epochs = Math.floor(steps / stepsPerEpoch);
      return epochs + Math.min(1, ((steps % stepsPerEpoch) * accumulation) / batches);
    },
  };
};
