import { add, mean, mul, type Value } from '@charter/tensor';
import { divergences } from './divergences.js';
import type { DpoOptions } from './dpo-options.js';
import { type ChosenRejected, lossNamed, type PairLossInputs } from './losses.js';

export type WeightedLossOptions = Pick<
  DpoOptions,
  | 'loss_type'
  | 'loss_weights'
  | 'beta'
  | 'label_smoothing'
  | 'f_divergence_type'
  | 'f_alpha_divergence_coef'
  | 'discopop_tau'
>;

/**
 * Σ weight · mean over the pairs of a pass, of all losses that were asked for.
 *
 * @returns float32 scalar
 */
export const weightedLoss = (pairs: Omit<PairLossInputs, 'scores'>, options: WeightedLossOptions): Value => {
  const { loss_type, loss_weights, f_divergence_type } = options;
  const score = (ratio: Value) => divergences[f_divergence_type](ratio, options);
  const scores: ChosenRejected = {
    chosen: score(pairs.ratios.chosen),
    rejected: score(pairs.ratios.rejected),
  };
  return loss_type
    .map((type, i) => {
      const loss = lossNamed(type).loss({ ...pairs, scores }, options);
      const averaged = loss.shape.length ? mean(loss, { axes: [0] }) : loss;
      const weight = loss_weights?.[i] ?? 1;
      return weight === 1 ? averaged : mul(averaged, weight);
    })
    .reduce((total, next) => add(total, next));
};
