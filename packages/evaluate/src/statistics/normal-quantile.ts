/**
 * The z with P(Z ≤ z) = p for a standard normal Z, to about seven digits. simple-statistics' `probit` has three.
 *
 * @param p between 0 and 1, both excluded
 * @see Wichura 1988, "Algorithm AS 241: The Percentage Points of the Normal Distribution", PPND7
 */
export const normalQuantile = (p: number): number => {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return q * ratio(CENTRE, r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const z = r <= 5 ? ratio(SHOULDER, r - 1.6) : ratio(TAIL, r - 5);
  return q < 0 ? -z : z;
};

/** Coefficients of numerator and denominator, from the constant up. */
type Rational = readonly [readonly number[], readonly number[]];

const CENTRE: Rational = [
  [3.3871327179, 50.434271938, 159.29113202, 59.10937472],
  [1, 17.895169469, 78.757757664, 67.1875636],
];
const SHOULDER: Rational = [
  [1.4234372777, 2.75681539, 1.3067284816, 0.17023821103],
  [1, 0.7370016425, 0.12021132975],
];
const TAIL: Rational = [
  [6.657905115, 3.081226386, 0.42868294337, 0.017337203997],
  [1, 0.24197894225, 0.012258202635],
];

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);

const ratio = ([above, below]: Rational, x: number): number => polynomial(above, x) / polynomial(below, x);
