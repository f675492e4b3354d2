import type { SamplingOptions } from './sampling-options.js';

/** The tokens that may come next. Probabilities sum to 1. */
export interface TokenDistribution {
  ids: number[];
  probabilities: number[];
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
export const likeliest = (logits: Float32Array): number => {
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
 * probability among the tokens that top-k left, and tokens tied with the k-th likeliest all stay.
 *
 * @param logits `[vocab]`, left as they are
 * @param options.temperature above 0
 */
export const tokenDistribution = (
  logits: Float32Array,
  { temperature, top_k, top_p, min_p }: Pick<SamplingOptions, 'temperature' | 'top_k' | 'top_p' | 'min_p'>,
): TokenDistribution => {
  const top = logits[likeliest(logits)]!;
  const floor = top_k > 0 && top_k < logits.length ? kthLargest(logits, top_k) : Number.NEGATIVE_INFINITY;
  const ids: number[] = [];
  const weights: number[] = [];
  let total = 0;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (logit < floor) continue;
    const weight = Math.exp((logit - top) / temperature);
    ids.push(id);
    weights.push(weight);
    total += weight;
  }
  let kept: TokenDistribution = { ids, probabilities: weights };
  if (top_p < 1) kept = nucleus(kept, top_p * total);
  // The likeliest token weighs 1, so weights are shares of it.
  if (min_p > 0) kept = atLeast(kept, min_p);
  return normalized(kept);
};

/** The token at point `u` in [0, 1) of the cumulative distribution. */
export const drawToken = ({ ids, probabilities }: TokenDistribution, u: number): number => {
  let left = u;
  for (let i = 0; i < ids.length; i++) {
    left -= probabilities[i]!;
    if (left < 0) return ids[i]!;
  }
  // Rounding can leave a remainder beyond the last token.
  return ids.at(-1)!;
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

const atLeast = ({ ids, probabilities }: TokenDistribution, least: number): TokenDistribution => ({
  ids: ids.filter((_, i) => probabilities[i]! >= least),
  probabilities: probabilities.filter(weight => weight >= least),
});

/** The heaviest tokens up to the one with which they reach `mass`; at least one. */
const nucleus = (all: TokenDistribution, mass: number): TokenDistribution => {
  // Few tokens carry most of the weight: only those above a cut that holds enough are sorted.
  let cut = 1e-3;
  let heavy = atLeast(all, cut);
  while (heavy.ids.length < all.ids.length && sum(heavy.probabilities) < mass) {
    cut = cut > 1e-30 ? cut * 1e-3 : 0;
    heavy = atLeast(all, cut);
  }
  const order = heavy.ids.map((_, i) => i);
  order.sort((a, b) => heavy.probabilities[b]! - heavy.probabilities[a]! || a - b);
  let reached = 0;
  const kept: number[] = [];
  for (const i of order) {
    if (kept.length && reached >= mass) break;
    kept.push(i);
    reached += heavy.probabilities[i]!;
  }
  return { ids: kept.map(i => heavy.ids[i]!), probabilities: kept.map(i => heavy.probabilities[i]!) };
};

const normalized = ({ ids, probabilities }: TokenDistribution): TokenDistribution => {
  const total = sum(probabilities);
  return { ids, probabilities: probabilities.map(weight => weight / total) };
};

const sum = (values: readonly number[]): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};
