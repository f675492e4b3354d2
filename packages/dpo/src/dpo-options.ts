import { trainingOptionsSchema } from '@charter/trainer';
import { z } from 'zod';
import { type LossType, losses } from './losses.js';

/**
 * Options of direct preference optimization, named as in TRL's `DPOConfig`. Unlike there, `learning_rate` suits LoRA
 * (TRL's documentation recommends this value for it), the reference's log-probabilities are always computed beforehand,
 * and `packing` lays pairs side by side because that never changes the loss here.
 */
export const dpoOptionsSchema = trainingOptionsSchema.extend({
  learning_rate: z.number().min(0).default(5e-6).describe('peak learning rate'),
  max_length: z
    .number()
    .int()
    .min(2)
    .default(1024)
    .describe('tokens of prompt and answer that are kept, from the start'),
  packing: z.boolean().default(true).describe('lay short pairs side by side; the loss stays the same'),
  loss_type: z
    .enum(Object.keys(losses) as [LossType])
    .default('sigmoid')
    .describe('how a pair is judged'),
  beta: z.number().positive().default(0.1).describe('how strongly to stay near the reference'),
});

export type DpoOptions = z.infer<typeof dpoOptionsSchema>;
