import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quantileSorted } from 'simple-statistics';
import { EvaluateError } from '../evaluate-error.js';
import type { Difference, Estimate } from './estimate.js';

/** One number a case, and how much each counts; default: all the same. */
export interface Sample {
  readonly values: readonly number[];
  readonly weights?: readonly number[] | undefined;
}

export interface BootstrapOptions {
  /** Level of the interval; default 0.95. */
  readonly confidence?: number | undefined;
  /** Default 10,000. */
  readonly resamples?: number | undefined;
  /** The same seed and sample give the same interval; default 0. */
  readonly seed?: number | undefined;
  /** A monotone function of the mean that is measured instead of it, such as `Math.exp`. */
  readonly transform?: ((mean: number) => number) | undefined;
}

/**
 * A (weighted) mean with its percentile bootstrap interval: cases are drawn with replacement, each with its weight.
 * One case has no interval.
 *
 * @throws {EvaluateError} when there are no cases, or a value is not finite
 * @see Efron and Tibshirani 1993, chapter 13; scipy `stats.bootstrap(method="percentile")` (golden/statistics.json)
 */
export const bootstrapMean = (sample: Sample, options: BootstrapOptions = {}): Estimate => {
  const { transform = fingerprint, resamples, random } = settings(options);
  const { totals, weights } = weighted(sample);
  const n = totals.length;
  const value = transform(sum(totals) / sum(weights));
  if (n < 2) return { value, n };
  const means = Float64Array.from({ length: resamples }, () => {
    let total = 0;
    let weight = 0;
    for (let k = 0; k < n; k++) {
      const i = uniformInt(random, 0, n - 1);
      total += totals[i]!;
      weight += weights[i]!;
    }
    return transform(total / weight);
  });
  return { value, ...ends(means, options), n };
};

/**
 * Change of a (weighted) mean between two measurements of the same cases. The interval comes from drawing cases with
 * both their values; p from exchanging the two values of each case at random, which a few cases cannot make small.
 *
 * @param after the same cases in the same order
 * @throws {EvaluateError} when the lengths differ, there are fewer than two cases, or a value is not finite
 * @see scipy `stats.bootstrap(paired=True)` and `stats.permutation_test(permutation_type="samples")`
 */
export const compareMeans = (before: Sample, after: Sample, options: BootstrapOptions = {}): Difference => {
  const { transform = fingerprint, resamples, random } = settings(options);
  const a = weighted(before);
  const b = weighted(after);
  const n = a.totals.length;
  if (n < 2 || b.totals.length !== n) {
    throw new EvaluateError(
      `${n} and ${b.totals.length} cases cannot be paired. Give the same cases, in the same order, at least two.`,
    );
  }
  const change = (ta: number, wa: number, tb: number, wb: number) => transform(tb / wb) - transform(ta / wa);
  const difference = change(sum(a.totals), sum(a.weights), sum(b.totals), sum(b.weights));

  const differences = Float64Array.from({ length: resamples }, () => {
    let [ta, wa, tb, wb] = [0, 0, 0, 0];
    for (let k = 0; k < n; k++) {
      const i = uniformInt(random, 0, n - 1);
      ta += a.totals[i]!;
      wa += a.weights[i]!;
      tb += b.totals[i]!;
      wb += b.weights[i]!;
    }
    return change(ta, wa, tb, wb);
  });

  let asLarge = 0;
  // Sums in another order differ in their last digits; what is equal on paper must count as equal.
  const threshold = Math.abs(difference) * (1 - 1e-9);
  for (let r = 0; r < resamples; r++) {
    let [ta, wa, tb, wb] = [0, 0, 0, 0];
    let bits = 0;
    for (let i = 0; i < n; i++) {
      bits = i % 32 === 0 ? random.next() : bits >>> 1;
      const [first, second] = bits & 1 ? [b, a] : [a, b];
      ta += first.totals[i]!;
      wa += first.weights[i]!;
      tb += second.totals[i]!;
      wb += second.weights[i]!;
    }
    if (Math.abs(change(ta, wa, tb, wb)) >= threshold) asLarge++;
  }
  return {
    difference,
    ...ends(differences, options),
    n,
    p: (asLarge + 1) / (resamples + 1),
    test: 'paired permutation test',
  };
};

const fingerprint = (mean: number): number => mean;

const settings = ({ resamples = 10_000, seed = 0, transform }: BootstrapOptions) => ({
  transform,
  resamples,
  random: xoroshiro128plus(seed),
});

const weighted = ({ values, weights = values.map(() => 1) }: Sample) => {
  if (values.length === 0) throw new EvaluateError('There are no values to take a mean of.');
  if (weights.length !== values.length) {
    throw new EvaluateError(`${values.length} values have ${weights.length} weights. Give one for each.`);
  }
  const wrong = values.findIndex((value, i) => !Number.isFinite(value) || !(weights[i]! >= 0));
  if (wrong >= 0) {
    throw new EvaluateError(
      `the value is ${values[wrong]} with weight ${weights[wrong]}; a mean needs finite values and weights from 0.`,
      { row: wrong },
    );
  }
  return {
    totals: Float64Array.from(values, (value, i) => value * weights[i]!),
    weights: Float64Array.from(weights),
  };
};

const sum = (numbers: Float64Array): number => numbers.reduce((total, number) => total + number, 0);

const ends = (resampled: Float64Array, { confidence = 0.95 }: BootstrapOptions) => {
  const sorted = [...resampled.sort()];
  return {
    low: quantileSorted(sorted, (1 - confidence) / 2),
    high: quantileSorted(sorted, (1 + confidence) / 2),
  };
};
