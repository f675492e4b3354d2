import {
  type ConditionComparison,
  type Estimate,
  type JudgeAgreement,
  measures,
  type StageMeasures,
} from '@charter/evaluate';

const number = (value: number, unit: string | undefined): string =>
  unit === 'ratio'
    ? `${(100 * value).toFixed(1)} %`
    : `${value.toPrecision(4)}${unit === undefined ? '' : ` ${unit}`}`;

/** A value with its interval and number of cases, never alone. */
const withInterval = ({ value, low, high, n }: Estimate, unit: string | undefined): string => {
  const range =
    low === undefined || high === undefined ? '' : `${number(low, unit)} to ${number(high, unit)}, `;
  return `${number(value, unit)} (${range}n = ${n})`;
};

/** Each measure as a line: its label, value, interval and number of cases. */
export const describeMeasures = (found: StageMeasures): string[] =>
  measures.flatMap(({ name, label, unit }) => {
    const value = found[name];
    const interval = found.intervals[name];
    return typeof value === 'number' && interval
      ? [`${label}: ${withInterval({ value, ...interval }, unit)}`]
      : [];
  });

/** Each measure with a line for every condition, and the test of it against the first one. */
export const describeConditions = (title: string, found: readonly ConditionComparison[]): string[] =>
  found.flatMap(({ label, unit, conditions, comparisons, spread }) => [
    `${title}: ${label}, spread ${withInterval(spread, unit)}`,
    ...Object.entries(conditions).map(([name, value]) => {
      const change = comparisons.find(({ to }) => to === name);
      const p = change ? `, p = ${change.p.toPrecision(2)} by ${change.test} against "${change.from}"` : '';
      return `  ${name}: ${withInterval(value, unit)}${p}`;
    }),
  ]);

/** Agreement of judges, one line for two of them and a kind of prompts. */
export const describeAgreement = (found: readonly JudgeAgreement[]): string[] =>
  found.map(({ judges: [one, other], of, agree, kappa }) => {
    const beyond = kappa
      ? `Cohen's kappa ${withInterval(kappa, undefined)}`
      : "no Cohen's kappa, as both say the same of every answer";
    return `${one} and ${other} agree on ${of} prompts: ${withInterval(agree, 'ratio')}, ${beyond}`;
  });
