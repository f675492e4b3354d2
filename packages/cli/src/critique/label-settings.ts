import { z } from 'zod';

/** Settings of AI feedback, of `charter label` and of a recipe's `label`. */
export const labelSettings = {
  min_margin: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('minimum margin, 2 · probability − 1; pairs below it are undecided and not used'),
  few_shot: z
    .number()
    .int()
    .nonnegative()
    .default(2)
    .describe('number of few-shot comparisons in the prompt'),
  format: z
    .enum(['transcript', 'chat'])
    .default('transcript')
    .describe('prompt format: raw text as in the paper, or the chat template'),
};
