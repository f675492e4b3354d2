import { logSigmoid, mul, neg, sub, type Value } from '@charter/tensor';

/**
 * By how much more (in nats) the policy likes each answer than the reference does, float32 `[pairs]`: the sum over the
 * answer's tokens of log π(token) − log π_ref(token).
 */
export interface LogRatios {
  readonly chosen: Value;
  readonly rejected: Value;
}

export interface LossOptions {
  /** How strongly to stay near the reference. */
  readonly beta: number;
}

/** @returns float32 `[pairs]`, one loss a pair, not averaged */
export type PairLoss = (ratios: LogRatios, options: LossOptions) => Value;

/** Losses on preference pairs, by the names of TRL's `loss_type`. */
export const losses = {
  /**
   * −log σ(β · (chosen − rejected)): the pair's probability under Bradley and Terry's model. Has no label smoothing,
   * as in TRL 1.16.
   *
   * @see Rafailov et al. 2023, equation 7
   */
  sigmoid: ({ chosen, rejected }, { beta }) => neg(logSigmoid(mul(sub(chosen, rejected), beta))),
} satisfies Record<string, PairLoss>;

export type LossType = keyof typeof losses;
