import { trainingOptionsSchema } from '@charter/trainer';
import { z } from 'zod';
import { type DivergenceType, divergences } from './divergences.js';
import { type LossSetting, type LossType, losses, lossNamed, lossUses, type NamedLoss } from './losses.js';

const lossName = z.enum(Object.keys(losses) as [LossType]);

/** A loss by its name, or one of the caller's own. */
const lossOrName = z.union([
  lossName,
  z.custom<NamedLoss>(
    value => typeof value === 'object' && ['name', 'uses', 'loss'].every(key => key in (value ?? {})),
  ),
]);

const unknownLosses = ({ input }: { input: unknown }): string => {
  const unknown = [input].flat().filter(loss => !lossOrName.safeParse(loss).success);
  const names = unknown.map(loss => JSON.stringify(loss)).join(', ') || 'An empty list';
  return `${names} is no loss. The losses are ${Object.keys(losses).join(', ')}; one of your own is { name, uses, loss }`;
};

const schema = trainingOptionsSchema.extend({
  learning_rate: z.number().min(0).default(5e-6).describe('peak learning rate'),
  max_length: z
    .number()
    .int()
    .min(2)
    .default(1024)
    .describe('tokens of prompt and answer that are kept, from the start'),
  packing: z
    .boolean()
    .default(true)
    .describe('pack short texts into one row and compute shared prefixes once; the loss stays the same'),
  loss_type: z
    .union([lossName, z.array(lossName).min(1)], { error: unknownLosses })
    .transform(names => (typeof names === 'string' ? [names] : names))
    .prefault('sigmoid')
    .describe('loss types, one or several'),
  loss_weights: z.array(z.number()).optional().describe('weights of the losses, one each; default 1'),
  beta: z.number().positive().default(0.1).describe('strength of the pull towards the reference'),
  label_smoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('share of pairs whose label is wrong, for robust, exo_pair, aot and aot_unpaired'),
  f_divergence_type: z
    .enum(Object.keys(divergences) as [DivergenceType])
    .default('reverse_kl')
    .describe('divergence from the reference'),
  f_alpha_divergence_coef: z.number().default(0.5).describe('alpha of alpha_divergence'),
  discopop_tau: z.number().positive().default(0.05).describe('temperature of discopop'),
  ld_alpha: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('weight of the tokens by which the longer answer exceeds the shorter (LD-DPO)'),
});

/**
 * Options of direct preference optimization, named as in TRL's `DPOConfig`. Unlike there, `learning_rate` suits LoRA
 * (TRL's documentation recommends this value for it), the reference's log-probabilities are always computed beforehand,
 * `packing` is on because it never changes the loss here, and an option that no loss of the run
 * uses is refused.
 */
export const dpoOptionsSchema = schema.superRefine((options, context) => addProblems(options, context));

/** {@link dpoOptionsSchema} that also takes losses of the caller's own, which no file can hold. */
export const dpoRequestOptionsSchema = schema
  .extend({
    loss_type: z
      .union([lossOrName, z.array(lossOrName).min(1)], { error: unknownLosses })
      .transform(types => (Array.isArray(types) ? types : [types]))
      .prefault('sigmoid'),
  })
  .superRefine((options, context) => addProblems(options, context));

export type DpoOptions = z.output<typeof dpoRequestOptionsSchema>;
/** Options as a caller gives them: defaults left out, a single loss by its name. */
export type DpoOptionsInput = z.input<typeof dpoRequestOptionsSchema>;

const addProblems = (options: DpoOptions, context: z.RefinementCtx): void => {
  for (const [name, message] of problemsOf(options)) {
    context.addIssue({ code: 'custom', path: [name], message });
  }
};

const defaults = { label_smoothing: 0, f_divergence_type: 'reverse_kl', discopop_tau: 0.05, beta: 0.1 };

/** Conflicts between options, as option and message. */
const problemsOf = (options: DpoOptions): [string, string][] => {
  const { loss_type, loss_weights, label_smoothing, f_divergence_type } = options;
  const nameOf = (type: LossType | NamedLoss) => lossNamed(type).name;
  const names = loss_type.map(nameOf).join(', ');
  const problems: [string, string][] = [];
  for (const setting of Object.keys(defaults) as LossSetting[]) {
    if (options[setting] === defaults[setting] || loss_type.some(type => lossUses(type, setting))) continue;
    const users = (Object.keys(losses) as LossType[]).filter(type => lossUses(type, setting));
    problems.push([setting, `has no effect on ${names}; it belongs to ${users.join(', ')}`]);
  }
  if (loss_weights && loss_weights.length !== loss_type.length) {
    const [given, needed] = [loss_weights.length, loss_type.length];
    problems.push(['loss_weights', `${given} weights for ${needed} losses (${names}); give one for each`]);
  }
  const indifferent = loss_type.filter(type => !lossUses(type, 'f_divergence_type'));
  if (f_divergence_type !== 'reverse_kl' && indifferent.length && indifferent.length < loss_type.length) {
    problems.push([
      'f_divergence_type',
      `${f_divergence_type} is not defined for ${indifferent.map(nameOf).join(', ')}`,
    ]);
  }
  if (options.f_alpha_divergence_coef !== 0.5 && f_divergence_type !== 'alpha_divergence') {
    problems.push(['f_alpha_divergence_coef', 'has no effect without f_divergence_type alpha_divergence']);
  }
  if (loss_type.includes('robust') && label_smoothing >= 0.5) {
    problems.push(['label_smoothing', 'must be below 0.5 for robust: with more, labels say the opposite']);
  }
  if (loss_type.includes('exo_pair') && label_smoothing === 0) {
    problems.push(['label_smoothing', 'must be above 0 for exo_pair; its paper recommends 0.001']);
  }
  return problems;
};
