import { binomialDistribution } from 'simple-statistics';
import { EvaluateError } from '../evaluate-error.js';
import type { Difference } from './estimate.js';
import { normalQuantile } from './normal-quantile.js';

/**
 * Change of a share between two measurements of the same cases, from the cases that changed: McNemar's test in its
 * exact form (a sign test), and the adjusted Wald interval of Bonett and Price.
 *
 * @param before one flag a case
 * @param after the same cases in the same order
 * @param options.confidence level of the interval; default 0.95
 * @throws {EvaluateError} when the lengths differ, or there are no cases
 * @see McNemar 1947; statsmodels `mcnemar(exact=True)` (golden/statistics.json)
 * @see Bonett and Price 2012, "Adjusted Wald confidence interval for a difference of binomial proportions based on
 *   paired data", equation 7
 */
export const compareShares = (
  before: readonly boolean[],
  after: readonly boolean[],
  { confidence = 0.95 }: { confidence?: number | undefined } = {},
): Difference => {
  const n = before.length;
  if (n === 0 || after.length !== n) {
    throw new EvaluateError(
      `${n} and ${after.length} cases cannot be paired. Give the same cases, in the same order, at least one.`,
    );
  }
  const lost = before.filter((yes, i) => yes && !after[i]).length;
  const gained = after.filter((yes, i) => yes && !before[i]).length;
  const z = normalQuantile((1 + confidence) / 2);
  const pLost = (lost + 1) / (n + 2);
  const pGained = (gained + 1) / (n + 2);
  const centre = pGained - pLost;
  const half = z * Math.sqrt((pLost + pGained - centre ** 2) / (n + 2));
  return {
    difference: (gained - lost) / n,
    low: Math.max(-1, centre - half),
    high: Math.min(1, centre + half),
    n,
    p: signTest(lost, gained),
    test: 'exact McNemar test',
  };
};

/** Two-sided probability of a split at least as uneven, if each change is as likely to go either way. */
const signTest = (lost: number, gained: number): number => {
  const changes = lost + gained;
  if (changes === 0) return 1;
  const cells = binomialDistribution(changes, 0.5)!;
  const tail = cells.slice(0, Math.min(lost, gained) + 1).reduce((sum, cell) => sum + cell, 0);
  return Math.min(1, 2 * tail);
};
