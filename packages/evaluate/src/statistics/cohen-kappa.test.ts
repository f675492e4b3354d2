import { describe, expect, it } from 'vitest';
import { cohenKappa } from './cohen-kappa.js';
import golden from './golden/kappa.json' with { type: 'json' };

/** The cases of a table of counts: rows are the first judge's words, columns the second's. */
const cases = (table: readonly (readonly number[])[]) => {
  const pairs = table.flatMap((row, a) =>
    row.flatMap((count, b) => Array.from({ length: count }, () => [`${a}`, `${b}`] as const)),
  );
  return [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const;
};

describe('cohenKappa', () => {
  it.each(golden.rows)('of $table is statsmodels’ and sklearn’s, with the interval of the first', row => {
    const [first, second] = cases(row.table);
    const { value, low, high, n } = cohenKappa(first, second)!;
    expect(value).toBeCloseTo(row.kappa, 9);
    expect(low).toBeCloseTo(Math.max(-1, row.low), 7);
    expect(high).toBeCloseTo(Math.min(1, row.high), 7);
    expect(n).toBe(first.length);
  });

  it('says nothing where both judges know one word only', () => {
    expect(cohenKappa(['a', 'a'], ['a', 'a'])).toBeUndefined();
  });

  it('refuses verdicts that cannot be paired', () => {
    expect(() => cohenKappa(['a'], ['a', 'b'])).toThrow('1 and 2 verdicts cannot be paired.');
  });
});
