import { MONITOR_SPAN, type Monitor, movingAverage } from '@charter/trainer';
import type { DpoOptions } from './dpo-options.js';

/** Mean margin (β · nats) below which a policy stands where its reference stands: a loss within 0.005 of log 2. */
const NO_MARGIN = 0.01;
/** Margin at which a pair is classified with certainty: σ(10) is 0.99995, and its gradient vanishes. */
const CERTAIN = 10;
/** Largest drop of the chosen answers' log-probability, in nats, that raises no warning. */
const FALL = 2;

/**
 * Monitors of failure modes of DPO that raise no error: a policy that stays at its reference, margins that grow without
 * bound, chosen answers that become less likely along with the rejected ones.
 *
 * @param counts number of pairs, and of pairs whose two answers are equal
 */
export const dpoMonitors = (
  { beta, loss_type }: Pick<DpoOptions, 'beta' | 'loss_type'>,
  counts: { readonly pairs: number; readonly identical: number },
): Readonly<Record<string, Monitor>> => ({
  'loss stuck': log => {
    const recent = log.slice(-MONITOR_SPAN);
    if (recent.length < MONITOR_SPAN || !recent.every(entry => entry.learning_rate! > 0)) return undefined;
    if (recent.some(entry => Math.abs(entry['rewards/margins']!) >= NO_MARGIN)) return undefined;
    const { step, loss, learning_rate } = recent.at(-1)!;
    const where = `The loss is stuck at ${loss!.toFixed(3)} after ${step} steps: rewards/margins stays at 0, so the policy is still its reference.`;
    return counts.identical > counts.pairs / 2
      ? `${where} ${counts.identical} of ${counts.pairs} pairs have equal answers, perhaps since they were cut: raise max_length, or look at them with \`charter inspect\`.`
      : `${where} The likely cause is a learning rate that is too low (${learning_rate!.toExponential(1)}): raise learning_rate.`;
  },

  'margins exploding': log => {
    const margin = movingAverage(log, 'rewards/margins');
    if (margin === undefined || margin < CERTAIN) return undefined;
    return (
      `rewards/margins has grown to ${margin.toFixed(1)}: every pair is classified with certainty, and the policy moves far ` +
      'from its reference. The likely cause is a learning rate that is too high, or too many epochs: lower ' +
      `learning_rate or num_train_epochs, or raise beta (now ${beta}).`
    );
  },

  'chosen reward falling': log => {
    const now = movingAverage(log, 'rewards/chosen');
    const before = movingAverage(log, 'rewards/chosen', { lag: 1 });
    if (now === undefined || before === undefined || now >= before || now > -FALL * beta) return undefined;
    const help = loss_type.includes('sft')
      ? 'give sft more weight in loss_weights, lower learning_rate, or raise beta'
      : 'add sft to loss_type, lower learning_rate, or raise beta';
    return (
      `rewards/chosen falls (${now.toFixed(3)}, after ${before.toFixed(3)}): the chosen answers become less likely too, by ` +
      `${(-now / beta).toFixed(1)} nats, only the rejected ones more so. The loss sees nothing but the difference: ${help}.`
    );
  },
});
