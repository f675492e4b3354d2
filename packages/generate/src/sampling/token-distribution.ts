import { expOfMinus } from './exp-table.js';
import type { SamplingOptions } from './sampling-options.js';

/** Probabilities of the next token, not normalized. */
export interface TokenDistribution {
  /** `[vocab]`: probability divided by the most likely token's; 0 for a token that may not come. */
  weights: Float64Array;
  /** Their sum. */
  total: number;
}

/**
 * Makes tokens that were already there less likely, in place: positive logits are divided by the penalty, negative
 * ones multiplied. Prompt and generated tokens count, each once.
 *
 * @see Keskar et al. 2019, section 4.1; transformers `RepetitionPenaltyLogitsProcessor`
 */
export const penalizeRepetition = (logits: Float32Array, seen: Iterable<number>, penalty: number): void => {
  for (const id of seen) {
    const logit = logits[id]!;
    logits[id] = logit < 0 ? logit * penalty : logit / penalty;
  }
};

/** Index of the largest logit, the first of equal ones; where there is a NaN, its index. */
export const argmax = (logits: Float32Array): number => {
  let best = 0;
  let largest = logits[0]!;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (logit > largest) {
      largest = logit;
      best = id;
    } else if (Number.isNaN(logit)) {
      return id;
    }
  }
  return best;
};

/**
 * Temperature, top-k, top-p and min-p, in this order, as transformers' logits warpers apply them: top-p counts
 * probability among the tokens that top-k left, and tokens tied with the k-th most likely all stay.
 *
 * @param logits `[vocab]`, left as they are
 * @param options.temperature above 0
 * @param known.top the largest logit, if the caller has looked for it
 * @param known.weights `[vocab]`: memory for the result
 */
export const tokenDistribution = (
  logits: Float32Array,
  { temperature, top_k, top_p, min_p }: Pick<SamplingOptions, 'temperature' | 'top_k' | 'top_p' | 'min_p'>,
  known: { top?: number; weights?: Float64Array } = {},
): TokenDistribution => {
  const { top = logits[argmax(logits)]!, weights = new Float64Array(logits.length) } = known;
  const floor = top_k > 0 && top_k < logits.length ? kthLargest(logits, top_k) : Number.NEGATIVE_INFINITY;
  const scale = 1 / temperature;
  let total = 0;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    const weight = logit < floor ? 0 : expOfMinus((top - logit) * scale);
    weights[id] = weight;
    total += weight;
  }
  if (top_p < 1) keepNucleus(weights, top_p * total);
  // The most likely token weighs 1, so weights are fractions of its probability.
  if (min_p > 0) dropBelow(weights, min_p);
  return { weights, total: top_p < 1 || min_p > 0 ? sum(weights) : total };
};

/** Index of the weight at point `u` in [0, 1) of the cumulative distribution. */
export const drawToken = (
  { weights, total }: { weights: ArrayLike<number>; total: number },
  u: number,
): number => {
  let left = u * total;
  let last = 0;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!;
    if (weight === 0) continue;
    left -= weight;
    if (left < 0) return id;
    last = id;
  }
  // Rounding can leave a remainder beyond the last token.
  return last;
};

/** A min-heap of the k largest, so that a large vocabulary is not sorted. */
const kthLargest = (values: Float32Array, k: number): number => {
  const heap = values.slice(0, k).sort();
  for (let i = k; i < values.length; i++) {
    const value = values[i]!;
    if (value <= heap[0]!) continue;
    let at = 0;
    for (let child = 1; child < k; child = 2 * at + 1) {
      if (child + 1 < k && heap[child + 1]! < heap[child]!) child += 1;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
  return heap[0]!;
};

const dropBelow = (weights: Float64Array, least: number): void => {
  for (let id = 0; id < weights.length; id++) if (weights[id]! < least) weights[id] = 0;
};

/** Keeps the heaviest tokens up to the one with which they weigh `mass`; at least one. */
const keepNucleus = (weights: Float64Array, mass: number): void => {
  // Few tokens carry most of the weight: only those above a cut that holds enough are sorted.
  let cut = 1e-3;
  let heavy = idsFrom(weights, cut);
  while (cut > 0 && sumOf(weights, heavy) < mass) {
    cut = cut > 1e-30 ? cut * 1e-3 : 0;
    heavy = idsFrom(weights, cut);
  }
  heavy.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let reached = 0;
  let kept = 0;
  while (kept < heavy.length && (kept === 0 || reached < mass)) reached += weights[heavy[kept++]!]!;
  const least = weights[heavy[kept - 1]!]!;
  for (const tied of heavy.slice(kept)) weights[tied] = 0;
  dropBelow(weights, least);
};

const idsFrom = (weights: Float64Array, least: number): number[] => {
  const ids: number[] = [];
  for (let id = 0; id < weights.length; id++) if (weights[id]! >= least) ids.push(id);
  return ids;
};

const sumOf = (weights: Float64Array, ids: readonly number[]): number => {
  let total = 0;
  for (const id of ids) total += weights[id]!;
  return total;
};

const sum = (weights: Float64Array): number => {
  let total = 0;
  for (let id = 0; id < weights.length; id++) total += weights[id]!;
  return total;
};
