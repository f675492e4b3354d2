import { EvaluateError } from '../evaluate-error.js';
import type { Estimate } from './estimate.js';
import { normalQuantile } from './normal-quantile.js';

/**
 * A share of cases with Wilson's score interval, which keeps its coverage for small n and for shares near 0 and 1.
 *
 * @param successes how many of the cases
 * @param n how many cases, at least 1
 * @param options.confidence level of the interval; default 0.95
 * @throws {EvaluateError} when there are no cases, or more successes than cases
 * @see Wilson 1927; statsmodels `proportion_confint(method="wilson")` (golden/statistics.json)
 * @example
 * wilsonInterval(8, 10) // { value: 0.8, low: 0.4902, high: 0.9433, n: 10 }
 */
export const wilsonInterval = (
  successes: number,
  n: number,
  { confidence = 0.95 }: { confidence?: number | undefined } = {},
): Estimate => {
  if (!(n >= 1 && successes >= 0 && successes <= n)) {
    throw new EvaluateError(`${successes} of ${n} cases is no share. Give at least one case.`);
  }
  const z = normalQuantile((1 + confidence) / 2);
  const value = successes / n;
  const centre = (successes + (z * z) / 2) / (n + z * z);
  const half = (z / (n + z * z)) * Math.sqrt(n * value * (1 - value) + (z * z) / 4);
  // Rounding must not put an end beyond the value where the interval ends at it exactly.
  return { value, low: successes === 0 ? 0 : centre - half, high: successes === n ? 1 : centre + half, n };
};
