import { z } from 'zod';
import { schedules } from './optimizer/schedules.js';
import { TrainingError } from './training-error.js';

const rate = z.number().min(0);
const count = z.number().int();

/**
 * Options of the training loop, named as in transformers' `TrainingArguments`. Defaults are TRL's, but for
 * `logging_steps` (each step is logged), `learning_rate` (set by the method, for LoRA) and `save_steps`.
 */
export const trainingOptionsSchema = z.strictObject({
  learning_rate: rate.describe('peak learning rate'),
  lr_scheduler_type: z
    .enum(Object.keys(schedules) as [keyof typeof schedules])
    .default('linear')
    .describe('learning rate schedule'),
  lr_scheduler_kwargs: z
    .record(z.string(), z.union([z.number(), z.string()]))
    .default({})
    .describe('settings of the schedule, such as num_cycles'),
  warmup_steps: rate.default(0).describe('steps of linear warm-up; below 1 it is a share of all steps'),
  num_train_epochs: z.number().positive().default(3).describe('epochs: passes over the data'),
  max_steps: count.min(-1).default(-1).describe('optimizer steps; overrides the epochs when positive'),
  per_device_train_batch_size: count
    .min(1)
    .default(8)
    .describe('examples in one forward and backward pass (a batch)'),
  gradient_accumulation_steps: count
    .min(1)
    .default(1)
    .describe('batches whose gradients make one optimizer step'),
  max_tokens_per_microbatch: count
    .min(1)
    .default(512)
    .describe(
      'maximum number of tokens per microbatch; a larger batch is computed in several, in less memory',
    ),
  gradient_checkpointing: z
    .boolean()
    .default(false)
    .describe('recompute each layer for its gradients: the memory of one layer, a third more time'),
  matmul_precision: z
    .enum(['float32', 'int8'])
    .default('float32')
    .describe(
      'precision of the products with frozen weights; int8 is faster where the processor has such products',
    ),
  weight_decay: rate.default(0).describe('AdamW weight decay'),
  adam_beta1: rate.lt(1).default(0.9).describe('AdamW decay of the first moment'),
  adam_beta2: rate.lt(1).default(0.999).describe('AdamW decay of the second moment'),
  adam_epsilon: rate.default(1e-8).describe('AdamW term against division by zero'),
  max_grad_norm: rate
    .default(1)
    .describe('gradients are scaled down to this norm; 0 leaves them as they are'),
  shuffle: z.boolean().default(true).describe('visit the examples in a new order each epoch'),
  seed: count.default(42).describe('seed of the order, of dropout and of a new adapter'),
  logging_steps: count.min(1).default(1).describe('steps that each line of metrics.jsonl averages over'),
  eval_steps: count.min(0).default(0).describe('evaluate every N steps; 0 evaluates only at the end'),
  save_steps: count
    .min(0)
    .default(50)
    .describe('write a checkpoint every N steps; 0 writes one only when the run stops or ends'),
  save_total_limit: count
    .min(1)
    .default(1)
    .describe('number of checkpoints to keep, beside the best one where it is loaded at the end'),
  load_best_model_at_end: z
    .boolean()
    .default(false)
    .describe('end with the parameters of the best evaluation in place of the last ones'),
  metric_for_best_model: z
    .string()
    .min(1)
    .optional()
    .describe('metric that evaluations are compared by, with or without eval_; default: loss'),
  greater_is_better: z
    .boolean()
    .optional()
    .describe('whether that metric is better when it is greater; default: unless its name ends with loss'),
  early_stopping_patience: count
    .min(1)
    .optional()
    .describe('end the run after N evaluations in a row that gained nothing'),
  early_stopping_threshold: rate
    .default(0)
    .describe('gain that an evaluation must exceed to count for the patience'),
});

export type TrainingOptions = z.infer<typeof trainingOptionsSchema>;

/**
 * Options with their defaults filled in.
 *
 * @throws {TrainingError} naming every option that is unknown or out of range
 */
export const parseOptions = <Schema extends z.ZodType>(
  schema: Schema,
  options: unknown,
): z.output<Schema> => {
  // An option that is given as undefined counts as not given.
  const given = Object.fromEntries(
    Object.entries(options ?? {}).filter(([, value]) => value !== undefined && value !== null),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length ? `${path.join('.')}: ${message}` : message,
  );
  throw new TrainingError(`options: ${problems.join('; ')}.`);
};
