import { integer, metricFormat, type NumberFormat } from './number-format.js';
import type { Estimate, Metric, Report } from './report-data.js';

/** Change of one metric between the first and the last stage that have it. */
export interface Change {
  metric: Metric;
  format: NumberFormat;
  from: { stage: string; estimate: Estimate };
  to: { stage: string; estimate: Estimate };
  /** `unclear`: the data does not tell a change from chance. `changed`: clear, but neither way is better. */
  verdict: 'better' | 'worse' | 'changed' | 'unclear';
  /** The verdict for readers: "clearly lower", "no clear change". */
  words: string;
  /** Evidence of the verdict. */
  basis: string;
}

const sign = (low: number, high: number) => (low > 0 ? 1 : high < 0 ? -1 : 0);

/**
 * Compares the first with the last stage that a metric was measured at. A paired test of just these two stages
 * decides when the data has one; otherwise two intervals that do not overlap count as a clear change, which is
 * stricter than a test at the same level.
 *
 * @returns undefined when fewer than two stages have a value
 */
export const changeOf = (metric: Metric, stages: readonly string[]): Change | undefined => {
  const measured = stages.flatMap(stage => {
    const estimate = metric.values[stage];
    return estimate ? [{ stage, estimate }] : [];
  });
  const from = measured[0];
  const to = measured.at(-1);
  if (!from || !to || from === to) return undefined;

  const format = metricFormat(metric);
  const paired = metric.comparisons?.find(entry => entry.from === from.stage && entry.to === to.stage);
  const [a, b] = [from.estimate, to.estimate];
  let direction = 0;
  let basis = 'no intervals given';
  if (paired) {
    direction = sign(paired.low, paired.high);
    const p =
      paired.p === undefined
        ? ''
        : `, p\u00a0${paired.p < 0.001 ? '<\u00a00.001' : `=\u00a0${paired.p.toPrecision(2)}`}`;
    basis = `${paired.test ?? 'paired test'}: ${format.difference(paired.difference, paired.low, paired.high)}${p}, n\u00a0=\u00a0${integer(paired.n)}`;
  } else if (a.low !== undefined && a.high !== undefined && b.low !== undefined && b.high !== undefined) {
    direction = sign(b.low - a.high, b.high - a.low);
    basis = direction ? 'intervals do not overlap' : 'intervals overlap';
  }

  const up = metric.better === 'higher';
  const verdict =
    direction === 0
      ? 'unclear'
      : metric.better === 'none'
        ? 'changed'
        : direction > 0 === up
          ? 'better'
          : 'worse';
  const words =
    direction === 0
      ? paired || a.low !== undefined
        ? 'no clear change'
        : 'no interval: cannot tell'
      : `clearly ${direction > 0 ? 'higher' : 'lower'}`;
  return { metric, format, from, to, verdict, words, basis };
};

const changesOf = (report: Report) =>
  (report.metrics ?? [])
    .map(metric => changeOf(metric, report.stages))
    .filter(change => change !== undefined);

/** Four fill a row on a desk and two on a phone. */
const HEADLINE = 4;

/** The changes that the page opens with: the first four metrics, and every other one that got clearly worse. */
export const headline = (report: Report): Change[] =>
  changesOf(report).filter((change, i) => i < HEADLINE || change.verdict === 'worse');

const COUNTED = [
  ['better', 'got clearly better'],
  ['worse', 'got clearly worse'],
  ['changed', 'clearly changed where neither way is better'],
  ['unclear', 'show no clear change'],
] as const;

const listed = (parts: readonly string[]) =>
  parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : (parts[0] ?? '');

/**
 * The run in one or two sentences: what the first measure did, and what the others did.
 * "Harmful requests complied with: clearly lower, 92 % → 8 %. Of 6 other measures, 2 got clearly better, …."
 */
export const summary = (report: Report): string | undefined => {
  const [first, ...others] = changesOf(report);
  if (!first) return undefined;
  const { metric, format, from, to, words } = first;
  const opening = `${metric.label}: ${words}, ${format.value(from.estimate.value)} → ${format.value(to.estimate.value)}.`;
  if (!others.length) return opening;
  const parts = COUNTED.flatMap(([verdict, phrase]) => {
    const count = others.filter(change => change.verdict === verdict).length;
    return count ? [`${count} ${count === 1 ? phrase.replace('show ', 'shows ') : phrase}`] : [];
  });
  return `${opening} Of ${others.length} other measure${others.length === 1 ? '' : 's'}, ${listed(parts)}.`;
};

/** Metrics that got clearly worse: the price of the rest. */
export const losses = (report: Report): Change[] =>
  changesOf(report).filter(({ verdict }) => verdict === 'worse');
