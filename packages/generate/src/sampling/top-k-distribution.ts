import { expOfMinus } from './exp-table.js';
import type { TopKLogits } from './next-logits.js';
import type { SamplingOptions } from './sampling-options.js';

type Options = Pick<SamplingOptions, 'temperature' | 'top_k' | 'top_p' | 'min_p'>;

/** Tokens that may come next, by id, each with its probability divided by the most likely token's. */
export interface SparseDistribution {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
  readonly total: number;
}

/** A sum in float32 over a vocabulary is right to a few parts in a million. */
const UNSURE = 1e-5;

/** True when the options keep so few tokens that the k largest logits are usually enough. */
export const topKSuffices = ({ top_k, top_p, min_p }: Options, count: number): boolean =>
  (top_k > 0 && top_k < count) || top_p < 1 || min_p > 0;

/** True when the sum over the whole vocabulary must be known besides the k largest logits. */
export const needsLogSumExp = ({ top_k, top_p }: Options): boolean => top_k === 0 && top_p < 1;

/**
 * The distribution that `tokenDistribution` gives, from the k largest logits alone, number for number.
 *
 * @param options.temperature above 0
 * @returns undefined when more than these must be known: for a tie at the last of them, for a nucleus or a bound that
 *   reaches beyond, and for a nucleus that ends so near to its mass that float32 cannot tell
 */
export const topKDistribution = (
  { ids, logits, complete: all, logSumExp }: TopKLogits,
  { temperature, top_k, top_p, min_p }: Options,
): SparseDistribution | undefined => {
  const scale = 1 / temperature;
  const top = logits[0]!;
  const weights = Array.from(logits, logit => expOfMinus((top - logit) * scale));
  let kept = weights.length;
  let complete = all;
  if (top_k > 0 && top_k < kept) {
    const floor = logits[top_k - 1]!;
    kept = logits.findIndex(logit => logit < floor);
    if (kept < 0) kept = weights.length;
    else complete = true;
  }
  if (top_p < 1) {
    if (!complete && logSumExp === undefined) return undefined;
    const total = complete ? byId(ids, weights, kept).total : Math.exp(logSumExp! - top * scale);
    const nucleus = nucleusSize(weights.slice(0, kept), top_p * total, complete ? 0 : UNSURE);
    if (nucleus === undefined) return undefined;
    kept = nucleus;
    complete = true;
  }
  if (min_p > 0) {
    const below = weights.slice(0, kept).findIndex(weight => weight < min_p);
    if (below >= 0) [kept, complete] = [below, true];
  }
  return complete ? byId(ids, weights, kept) : undefined;
};

/** Number of the most likely tokens that reach the mass; at least one. Undefined when these do not, or not surely. */
const nucleusSize = (weights: readonly number[], mass: number, unsure: number): number | undefined => {
  let reached = 0;
  for (const [i, weight] of weights.entries()) {
    reached += weight;
    if (Math.abs(reached - mass) < unsure * mass) return undefined;
    if (reached >= mass) return i + 1;
  }
  // All that there are, where rounding left a remainder.
  return unsure === 0 ? weights.length : undefined;
};

/** The first `count`, in the order in which a whole distribution is gone through. */
const byId = (ids: Int32Array, weights: readonly number[], count: number): SparseDistribution => {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => ids[a]! - ids[b]!);
  const sorted = order.map(i => weights[i]!);
  return { ids: order.map(i => ids[i]!), weights: sorted, total: sorted.reduce((sum, w) => sum + w, 0) };
};
