import { expect, test } from 'vitest';
import { expOfMinus } from './exp-table.js';

test('e^-d is right to 13 digits wherever it is not negligible', () => {
  for (let d = 0; d < 700; d += 0.0137) {
    expect(Math.abs(expOfMinus(d) / Math.exp(-d) - 1), `${d}`).toBeLessThan(1e-13);
  }
  expect(expOfMinus(0)).toBe(1);
  expect(expOfMinus(1e300)).toBe(0);
  expect(expOfMinus(Number.POSITIVE_INFINITY)).toBe(0);
});
