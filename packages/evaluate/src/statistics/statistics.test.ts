import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { bootstrapMean, compareMeans } from './bootstrap.js';
import { compareShares } from './compare-shares.js';
import golden from './golden/statistics.json' with { type: 'json' };
import { normalQuantile } from './normal-quantile.js';
import { wilsonInterval } from './wilson-interval.js';

/** Cases of which `lost` were true before only, `gained` after only, and `n` in all; the others are true twice. */
const changed = (lost: number, gained: number, n: number) => ({
  before: Array.from({ length: n }, (_, i) => i >= gained),
  after: Array.from({ length: n }, (_, i) => i < n - lost),
});

it.each(golden.quantiles)('the normal quantile at $p is scipy’s', ({ p, z }) => {
  expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-6);
});

describe('wilsonInterval', () => {
  it.each(golden.wilson)(
    '$successes of $n at $confidence is statsmodels’ interval',
    ({ successes, n, confidence, low, high }) => {
      const interval = wilsonInterval(successes, n, { confidence });
      expect(interval.value).toBe(successes / n);
      expect(interval.low).toBeCloseTo(low, 7);
      expect(interval.high).toBeCloseTo(high, 7);
    },
  );

  it('refuses a share of nothing', () => {
    expect(() => wilsonInterval(0, 0)).toThrow('0 of 0 cases is no share. Give at least one case.');
  });
});

describe('compareShares', () => {
  it.each(golden.sign_tests)(
    '$lost cases lost and $gained gained have statsmodels’ exact p',
    ({ lost, gained, p }) => {
      const { before, after } = changed(lost, gained, lost + gained + 9);
      const result = compareShares(before, after);
      expect(result.p / p).toBeCloseTo(1, 8);
      expect(result.difference).toBeCloseTo((gained - lost) / (lost + gained + 9), 12);
    },
  );

  it('has an interval that holds the true difference in 95 of 100 studies, also small and lopsided ones', () => {
    const random = xoroshiro128plus(11);
    for (const [n, pLost, pGained] of [
      [30, 0.05, 0.3],
      [100, 0.1, 0.1],
      [200, 0.002, 0.08],
    ] as const) {
      let covered = 0;
      const studies = 2000;
      for (let study = 0; study < studies; study++) {
        let lost = 0;
        let gained = 0;
        for (let i = 0; i < n; i++) {
          const u = uniformFloat64(random);
          if (u < pLost) lost++;
          else if (u < pLost + pGained) gained++;
        }
        const { before, after } = changed(lost, gained, n);
        const { low, high } = compareShares(before, after);
        if (low <= pGained - pLost && pGained - pLost <= high) covered++;
      }
      expect(covered / studies).toBeGreaterThan(0.94);
      expect(covered / studies).toBeLessThan(0.985);
    }
  });

  it('finds nothing where nothing changed', () => {
    const { p, difference, low, high } = compareShares([true, false, true], [true, false, true]);
    expect([p, difference]).toEqual([1, 0]);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  it('refuses cases that cannot be paired', () => {
    expect(() => compareShares([true], [true, false])).toThrow('1 and 2 cases cannot be paired.');
  });
});

describe('bootstrap', () => {
  // Two bootstraps of 50,000 and 200,000 draws differ by chance by up to about this part of the interval's width.
  const resamples = 50_000;
  const near = (interval: { low?: number; high?: number }, [low, high]: number[]) => {
    const width = high! - low!;
    expect(Math.abs(interval.low! - low!) / width).toBeLessThan(0.015);
    expect(Math.abs(interval.high! - high!) / width).toBeLessThan(0.015);
  };

  it.each(golden.means)('agrees with scipy on means, weighted means and their differences', row => {
    const { before, after, weights } = row;
    near(bootstrapMean({ values: before }, { resamples }), row.mean);
    near(bootstrapMean({ values: before, weights }, { resamples }), row.weighted_mean);
    near(bootstrapMean({ values: before, weights }, { resamples, transform: Math.exp }), row.perplexity);
    const change = compareMeans({ values: before }, { values: after }, { resamples });
    near(change, row.change);
    expect(Math.abs(change.p - row.p)).toBeLessThan(0.005);
    near(
      compareMeans(
        { values: before, weights },
        { values: after, weights },
        { resamples, transform: Math.exp },
      ),
      row.perplexity_change,
    );
  });

  it('gives the same interval for the same seed, and another for another', () => {
    const sample = { values: golden.means[0]!.before };
    expect(bootstrapMean(sample, { seed: 3 })).toEqual(bootstrapMean(sample, { seed: 3 }));
    expect(bootstrapMean(sample, { seed: 3 })).not.toEqual(bootstrapMean(sample, { seed: 4 }));
  });

  it('has no interval for a single case, and no small p for a few', () => {
    expect(bootstrapMean({ values: [2], weights: [5] })).toEqual({ value: 2, n: 1 });
    // Three cases have 8 exchanges, 2 of which are as far apart as the data.
    expect(compareMeans({ values: [1, 2, 3] }, { values: [2, 3, 4] }).p).toBeCloseTo(0.25, 1);
  });

  it('names the value that is not a number', () => {
    expect(() => bootstrapMean({ values: [1, Number.NaN] })).toThrow(
      'row 1: the value is NaN with weight 1; a mean needs finite values and weights from 0.',
    );
  });
});
