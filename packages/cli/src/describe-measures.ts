import { measures, type StageMeasures } from '@charter/evaluate';

const number = (value: number, unit: string | undefined): string =>
  unit === 'ratio'
    ? `${(100 * value).toFixed(1)} %`
    : `${value.toPrecision(4)}${unit === undefined ? '' : ` ${unit}`}`;

/** Each measure as a line: its label, value, interval and number of cases. */
export const describeMeasures = (found: StageMeasures): string[] =>
  measures.flatMap(({ name, label, unit }) => {
    const value = found[name];
    const interval = found.intervals[name];
    if (typeof value !== 'number' || !interval) return [];
    const { low, high, n } = interval;
    const range =
      low === undefined || high === undefined ? '' : `${number(low, unit)} to ${number(high, unit)}, `;
    return [`${label}: ${number(value, unit)} (${range}n = ${n})`];
  });
