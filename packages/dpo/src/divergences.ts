import { add, div, exp, logSigmoid, minimum, mul, neg, sub, type Value } from '@charter/tensor';

export interface DivergenceOptions {
  readonly f_alpha_divergence_coef: number;
}

/** Where e^x is still a float32. */
const LARGEST_EXPONENT = 80;

/**
 * Divergences as functions of a log-ratio r = log t: f′(t), by the names of TRL's `f_divergence_type`.
 *
 * @see Wang et al. 2023, table 1; TRL 1.16 `dpo_trainer.py`, `_compute_loss`
 */
export const divergences = {
  /** r: DPO as it was first written. */
  reverse_kl: r => r,
  /** 1 − e^−r */
  forward_kl: r => sub(1, exp(neg(r))),
  /** log 2 + log σ(r) */
  js_divergence: r => add(logSigmoid(r), Math.LN2),
  /** (e^((α−1) r) − 1) / (α−1), which is r at α = 1 */
  alpha_divergence: (r, { f_alpha_divergence_coef: alpha }) => {
    const slope = alpha - 1;
    if (Math.abs(slope) < 1e-6) return r;
    return div(sub(exp(minimum(mul(r, slope), LARGEST_EXPONENT)), 1), slope);
  },
} satisfies Record<string, (ratio: Value, options: DivergenceOptions) => Value>;

export type DivergenceType = keyof typeof divergences;
