import { add, div, exp, logSigmoid, mul, neg, relu, sigmoid, sub, type Value } from '@charter/tensor';
import { sorted } from './sorted.js';

/** A value of the chosen and of the rejected answer of each pair. */
export interface ChosenRejected<T = Value> {
  readonly chosen: T;
  readonly rejected: T;
}

/** Inputs of a pair loss: the pairs of one batch. Each value is float32 `[pairs]`, in nats unless noted. */
export interface PairLossInputs {
  /** Log-probability of each whole answer under the policy. */
  readonly policy: ChosenRejected;
  /** The same under the frozen reference. */
  readonly reference: ChosenRejected;
  /** Log-ratio policy − reference of each answer. */
  readonly ratios: ChosenRejected;
  /** Log-ratios mapped by `f_divergence_type`; with `reverse_kl` the ratios themselves. */
  readonly scores: ChosenRejected;
  /** Tokens of each answer. */
  readonly lengths: ChosenRejected;
  /** Mean log-probability of the chosen answers' tokens in the batch; a scalar. */
  readonly chosenTokenLogp: Value;
}

export interface LossOptions {
  /** Strength of the pull towards the reference. */
  readonly beta: number;
  /** Share of pairs whose label is wrong. */
  readonly label_smoothing: number;
  /** Temperature of `discopop`. */
  readonly discopop_tau: number;
}

/** @returns float32 `[pairs]`, one loss per pair, not averaged; or a scalar that is already a mean */
export type PairLoss = (pairs: PairLossInputs, options: LossOptions) => Value;

/** Options that only some losses use; with others, they are refused. */
export type LossSetting = 'beta' | 'label_smoothing' | 'f_divergence_type' | 'discopop_tau';

/** A loss on preference pairs: a row of `losses`. */
export interface PreferenceLoss {
  /** Options that the loss depends on; with others than these, a run that sets them is refused. */
  readonly uses: readonly LossSetting[];
  readonly loss: PairLoss;
  /** The loss of a pair depends on the other pairs of its batch, so the batch is one microbatch. */
  readonly batchwise?: true;
}

/** A loss of your own, for `loss_type`. */
export interface NamedLoss extends PreferenceLoss {
  /** Name in errors and in the run's fingerprint: another formula needs another name. */
  readonly name: string;
}

const margin = ({ chosen, rejected }: ChosenRejected): Value => sub(chosen, rejected);

/** −log σ(x), the loss of a preference that holds by x, with a share ε of the labels flipped. */
const smoothed = (x: Value, { label_smoothing: e }: LossOptions): Value =>
  e === 0 ? neg(logSigmoid(x)) : sub(mul(neg(logSigmoid(x)), 1 - e), mul(logSigmoid(neg(x)), e));

const square = (x: Value): Value => mul(x, x);

/** Scores per token of each answer. */
const perToken = ({ scores, lengths }: PairLossInputs): ChosenRejected => ({
  chosen: div(scores.chosen, lengths.chosen),
  rejected: div(scores.rejected, lengths.rejected),
});

/**
 * Losses on preference pairs, by the names of TRL's `loss_type`. β is `beta`, ε `label_smoothing`; s is a score, r a
 * log-ratio, c the chosen answer and d the rejected one.
 *
 * @see TRL 1.16 `dpo_trainer.py`, `_compute_loss` (fixtures/losses/dpo.json)
 */
export const losses = {
  /**
   * −log σ(β (s_c − s_d)): the pair's probability under Bradley and Terry's model. Has no label smoothing, as in TRL
   * since 0.29; `robust` has.
   * @see Rafailov et al. 2023, equation 7
   */
  sigmoid: {
    uses: ['beta', 'f_divergence_type'],
    loss: ({ scores }, { beta }) => neg(logSigmoid(mul(margin(scores), beta))),
  },

  /** max(0, 1 − β (s_c − s_d)). @see Zhao et al. 2023 (SLiC), Liu et al. 2023 (RSO) */
  hinge: {
    uses: ['beta', 'f_divergence_type'],
    loss: ({ scores }, { beta }) => relu(sub(1, mul(margin(scores), beta))),
  },

  /** (s_c/|c| − s_d/|d| − 1/(2β))², in scores per token. @see Azar et al. 2023, equation 17 */
  ipo: {
    uses: ['beta', 'f_divergence_type'],
    loss: (pairs, { beta }) => square(sub(margin(perToken(pairs)), 1 / (2 * beta))),
  },

  /** The loss without noise, estimated from labels of which ε are flipped. @see Chowdhury et al. 2024 */
  robust: {
    uses: ['beta', 'label_smoothing', 'f_divergence_type'],
    loss: ({ scores }, { beta, label_smoothing: e }) => {
      const x = mul(margin(scores), beta);
      const kept = mul(neg(logSigmoid(x)), 1 - e);
      return div(add(kept, mul(logSigmoid(neg(x)), e)), 1 - 2 * e);
    },
  },

  /** KL divergence of σ(β (s_c − s_d)) from 1 − ε, in the direction that seeks modes. @see Ji et al. 2024, equation 16 */
  exo_pair: {
    uses: ['beta', 'label_smoothing', 'f_divergence_type'],
    loss: ({ scores }, { beta, label_smoothing: e }) => {
      const x = mul(margin(scores), beta);
      const chosen = mul(sigmoid(x), sub(logSigmoid(x), Math.log1p(-e)));
      return add(chosen, mul(sigmoid(neg(x)), sub(logSigmoid(neg(x)), Math.log(e))));
    },
  },

  /** Also holds the chosen answer's own reward up. @see Chen et al. 2024 (NCA) */
  nca_pair: {
    uses: ['beta'],
    loss: ({ ratios }, { beta }) => {
      const [c, d] = [mul(ratios.chosen, beta), mul(ratios.rejected, beta)];
      return sub(neg(logSigmoid(c)), mul(add(logSigmoid(neg(c)), logSigmoid(neg(d))), 0.5));
    },
  },

  /** Two yes-or-no questions. Without the running shift that TRL had up to 0.28. @see Jung et al. 2024 */
  bco_pair: {
    uses: ['beta'],
    loss: ({ ratios }, { beta }) =>
      neg(add(logSigmoid(mul(ratios.chosen, beta)), logSigmoid(mul(ratios.rejected, -beta)))),
  },

  /** Ratios of exactly ± 1/(2β). @see Wu et al. 2024 (SPPO), equation 4.7 with certain labels */
  sppo_hard: {
    uses: ['beta'],
    loss: ({ ratios }, { beta }) =>
      add(square(sub(ratios.chosen, 0.5 / beta)), square(add(ratios.rejected, 0.5 / beta))),
  },

  /**
   * The policy's margins, as a distribution over the pairs of a batch, above the reference's. Depends on which pairs
   * share a batch, so another `per_device_train_batch_size` is another loss.
   * @see Melnyk et al. 2024 (AOT)
   */
  aot: {
    uses: ['beta', 'label_smoothing'],
    batchwise: true,
    loss: ({ policy, reference }, options) =>
      smoothed(mul(sub(sorted(margin(policy)), sorted(margin(reference))), options.beta), options),
  },

  /** The same with the chosen and the rejected answers' ratios as two distributions. */
  aot_unpaired: {
    uses: ['beta', 'label_smoothing'],
    batchwise: true,
    loss: ({ ratios }, options) =>
      smoothed(mul(sub(sorted(ratios.chosen), sorted(ratios.rejected)), options.beta), options),
  },

  /** For chosen answers that are better than the model's own. @see D'Oosterlinck et al. 2024 (APO), equation 7 */
  apo_zero: {
    uses: ['beta'],
    loss: ({ ratios }, { beta }) =>
      sub(add(1, sigmoid(mul(ratios.rejected, beta))), sigmoid(mul(ratios.chosen, beta))),
  },

  /** For chosen answers that are worse than the model's own. @see D'Oosterlinck et al. 2024 (APO), equation 8 */
  apo_down: {
    uses: ['beta'],
    loss: ({ ratios }, { beta }) =>
      sub(add(1, sigmoid(mul(ratios.chosen, beta))), sigmoid(mul(margin(ratios), beta))),
  },

  /** (1 − m) · −log σ(x) + m · e^−x with x = β (s_c − s_d), m = σ(x/τ). @see Lu et al. 2024, equation 5 */
  discopop: {
    uses: ['beta', 'discopop_tau', 'f_divergence_type'],
    loss: ({ scores }, { beta, discopop_tau }) => {
      const x = mul(margin(scores), beta);
      const logistic = mul(neg(logSigmoid(x)), sigmoid(mul(x, -1 / discopop_tau)));
      // One exponent: on its own e^−x overflows where m vanishes, and TRL's product is then NaN.
      return add(logistic, exp(sub(logSigmoid(mul(x, 1 / discopop_tau)), x)));
    },
  },

  /** `sigmoid` of scores per token. @see Lambert et al. 2024 (Tülu 3), section 5.1 */
  sigmoid_norm: {
    uses: ['beta', 'f_divergence_type'],
    loss: (pairs, { beta }) => neg(logSigmoid(mul(margin(perToken(pairs)), beta))),
  },

  /** Cross-entropy of the chosen answers, averaged over their tokens in the batch: holds their likelihood up. */
  sft: {
    // Independent of the divergence, but allowed beside losses that depend on it, as in TRL.
    uses: ['f_divergence_type'],
    loss: ({ chosenTokenLogp }) => neg(chosenTokenLogp),
  },
} satisfies Record<string, PreferenceLoss>;

export type LossType = keyof typeof losses;

export const lossNamed = (loss: LossType | NamedLoss): NamedLoss =>
  typeof loss === 'string' ? { name: loss, ...losses[loss] } : loss;

/** True when a loss uses a setting. */
export const lossUses = (loss: LossType | NamedLoss, setting: LossSetting): boolean =>
  lossNamed(loss).uses.includes(setting);
