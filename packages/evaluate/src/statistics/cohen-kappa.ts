import { EvaluateError } from '../evaluate-error.js';
import type { Estimate } from './estimate.js';
import { normalQuantile } from './normal-quantile.js';

/**
 * Agreement of two judges beyond chance: (observed − expected) / (1 − expected) agreement, where chance draws each
 * judge's words by how often that judge uses them. The interval is the asymptotic one; it is too narrow for a few dozen
 * cases, and empty when the judges agree on all.
 *
 * @param first one word a case
 * @param second the same cases in the same order
 * @returns undefined when both judges say the same one word throughout: chance agrees as well as they do
 * @throws {EvaluateError} when the lengths differ, or there are no cases
 * @see Cohen 1960; Fleiss, Cohen and Everitt 1969, equation 15; statsmodels `cohens_kappa` and sklearn
 *   `cohen_kappa_score` (golden/kappa.json)
 */
export const cohenKappa = (
  first: readonly string[],
  second: readonly string[],
  { confidence = 0.95 }: { confidence?: number | undefined } = {},
): Estimate | undefined => {
  const n = first.length;
  if (n === 0 || second.length !== n) {
    throw new EvaluateError(
      `${n} and ${second.length} verdicts cannot be paired. Give the same cases, in the same order, at least one.`,
    );
  }
  const words = [...new Set([...first, ...second])];
  const share = (list: readonly string[], word: string) => list.filter(one => one === word).length / n;
  const rows = new Map(words.map(word => [word, share(first, word)]));
  const columns = new Map(words.map(word => [word, share(second, word)]));
  const observed = first.filter((word, i) => word === second[i]).length / n;
  const expected = words.reduce((sum, word) => sum + rows.get(word)! * columns.get(word)!, 0);
  if (expected === 1) return undefined;
  const value = (observed - expected) / (1 - expected);

  // Each case adds to the sum what its cell of the table of shares does: 1 / n of the cell's weight.
  const weight = (a: string, b: string) => {
    const both = (columns.get(a)! + rows.get(b)!) * (1 - value);
    return a === b ? (1 - both) ** 2 - both ** 2 : 0;
  };
  const agreeing = first.reduce((sum, a, i) => sum + weight(a, second[i]!), 0) / n;
  const all = first.reduce((sum, a, i) => sum + (columns.get(a)! + rows.get(second[i]!)!) ** 2, 0) / n;
  const spread = agreeing + (1 - value) ** 2 * all - (value - expected * (1 - value)) ** 2;
  const half =
    normalQuantile((1 + confidence) / 2) * Math.sqrt(Math.max(0, spread) / (n * (1 - expected) ** 2));
  return { value, low: Math.max(-1, value - half), high: Math.min(1, value + half), n };
};
