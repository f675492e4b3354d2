import { trainingOptionsSchema } from '@charter/trainer';
import { z } from 'zod';

/**
 * Options of supervised fine-tuning, named as in TRL's `SFTConfig`. Unlike there, `learning_rate` suits LoRA (TRL's
 * documentation recommends this value for it), and `packing` is on because it never changes the loss here.
 */
export const sftOptionsSchema = trainingOptionsSchema.extend({
  learning_rate: z.number().min(0).default(2e-4).describe('peak learning rate'),
  max_length: z
    .number()
    .int()
    .min(2)
    .default(1024)
    .describe('tokens of an example that are kept, from its start'),
  packing: z
    .boolean()
    .default(true)
    .describe('pack short examples into one row and compute shared prefixes once; the loss stays the same'),
  completion_only_loss: z
    .boolean()
    .optional()
    .describe('loss on the completion only; default: true when there is a prompt'),
  loss_type: z
    .enum(['nll', 'dft'])
    .default('nll')
    .describe('nll: cross-entropy; dft: the same, each token weighted by its probability'),
  assistant_only_loss: z.boolean().default(false).describe("loss on the assistant's turns only"),
});

export type SftOptions = z.infer<typeof sftOptionsSchema>;
