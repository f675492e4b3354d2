import type { Estimate, Metric } from './report-data.js';

/** Below this many cases a proportion's interval is wider than ±18 points: a warning stands beside the number. */
export const SMALL_SAMPLE = 30;

const NBSP = '\u00a0';

/** A dash between two numbers, unless the first sign would be read as another dash. */
const range = (low: string, high: string) => (low.startsWith('−') ? `${low} to ${high}` : `${low}–${high}`);

const fixed = (value: number, decimals: number) =>
  value
    .toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replace(/^-(?=[0.,]*$)/, '')
    .replace('-', '−');

/** 1,234,567 */
export const integer = (value: number) => fixed(value, 0);

/** About three significant digits: 0.000123 → 1.23e−4, 0.0421 → 0.042, 12345 → 12,345. */
export const number = (value: number) => {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return fixed(value, 0);
  if (size < 1e-3) return value.toExponential(2).replaceAll('-', '−');
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
};

export interface NumberFormat {
  value(value: number): string;
  /** "87–95 %"; of other units only the numbers, as the value before them has the unit. */
  interval(low: number, high: number): string;
  /** "−84 points (−89 to −78)", signed. */
  difference(value: number, low: number, high: number): string;
}

const difference = (texts: readonly string[], unit: string) => {
  const [value, low, high] = texts.map(text =>
    /^[−0.,]*$/.test(text) || text.startsWith('−') ? text : `+${text}`,
  );
  return `${value}${unit} (${low} to ${high})`;
};

const ratioFormat = (values: readonly number[], n: number): NumberFormat => {
  // Whole percents hide a change from 0.4 % to 0.1 %, and say 100 % where one case of 300 failed.
  const fine = n >= 1000 || values.some(v => (v > 0 && v < 0.01) || (v > 0.99 && v < 1));
  const decimals = fine ? 1 : 0;
  const percent = (value: number) => fixed(value * 100, decimals);
  return {
    value: value => `${percent(value)}${NBSP}%`,
    interval: (low, high) => `${range(percent(low), percent(high))}${NBSP}%`,
    difference: (...values) => difference(values.map(percent), `${NBSP}points`),
  };
};

const plainFormat = (values: readonly number[], unit: string | undefined): NumberFormat => {
  const size = Math.max(0, ...values.map(Math.abs));
  const decimals = size >= 100 || values.every(Number.isInteger) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const after = unit ? `${NBSP}${unit}` : '';
  return {
    value: value => `${fixed(value, decimals)}${after}`,
    interval: (low, high) => range(fixed(low, decimals), fixed(high, decimals)),
    difference: (...values) =>
      difference(
        values.map(value => fixed(value, decimals)),
        after,
      ),
  };
};

/** A share of counts that stand beside it: "82 %". */
export const percent = ratioFormat([], 0).value;

/** One number of decimals for all values of a metric, so that they can be compared by eye. */
export const numberFormat = (unit: string | undefined, estimates: readonly Estimate[]): NumberFormat => {
  const values = estimates.map(estimate => estimate.value);
  return unit === 'ratio'
    ? ratioFormat(values, Math.min(...estimates.map(estimate => estimate.n)))
    : plainFormat(values, unit);
};

export const metricFormat = (metric: Metric): NumberFormat =>
  numberFormat(metric.unit, Object.values(metric.values));

/** "87–95 %, n = 200", or "no interval, n = 200". */
export const evidence = (format: NumberFormat, { low, high, n }: Estimate) =>
  `${low === undefined || high === undefined ? 'no interval' : format.interval(low, high)}, n${NBSP}=${NBSP}${integer(n)}`;

/** 75 → "1 min 15 s". */
export const duration = (seconds: number) => {
  if (seconds < 10) return `${fixed(seconds, 1)}${NBSP}s`;
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return [h && `${h}${NBSP}h`, m && `${m}${NBSP}min`, !h && s && `${s}${NBSP}s`].filter(Boolean).join(' ');
};
