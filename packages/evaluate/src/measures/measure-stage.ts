import { bootstrapMean, compareMeans } from '../statistics/bootstrap.js';
import { compareShares } from '../statistics/compare-shares.js';
import type { Difference, Estimate } from '../statistics/estimate.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';
import { type Measure, measures, type StageScores } from './measures.js';

export interface IntervalOptions {
  /** Level of the intervals; default 0.95. */
  readonly confidence?: number | undefined;
  /** Of the bootstrap; default 10,000. */
  readonly resamples?: number | undefined;
  /** Of the bootstrap; default 0. */
  readonly seed?: number | undefined;
}

export interface MeasureOptions extends IntervalOptions {
  /** Measures to take; default: all of the table. One of your own goes beside them: `[...measures, mine]`. */
  readonly measures?: readonly Measure[] | undefined;
}

/** A measure's value at one stage; undefined when the stage has no case of it. */
export const estimate = (
  measure: Measure,
  stage: StageScores,
  options: IntervalOptions = {},
): Estimate | undefined => {
  const cases = measure.cases(stage);
  if (cases.length === 0) return undefined;
  const values = cases.map(({ value }) => value);
  if (measure.statistic === 'share') {
    return wilsonInterval(values.filter(value => value === 1).length, values.length, options);
  }
  const weights = cases.map(({ weight = 1 }) => weight);
  return bootstrapMean({ values, weights }, { ...options, transform: measure.transform });
};

/** Change of a measure between two stages, on the cases that both have; undefined when those are fewer than two. */
export const difference = (
  measure: Measure,
  before: StageScores,
  after: StageScores,
  options: IntervalOptions = {},
): Difference | undefined => {
  const later = new Map(measure.cases(after).map(one => [one.id, one]));
  const both = measure.cases(before).flatMap(a => {
    const b = later.get(a.id);
    return b ? [{ a, b }] : [];
  });
  if (both.length < 2) return undefined;
  if (measure.statistic === 'share') {
    return compareShares(
      both.map(({ a }) => a.value === 1),
      both.map(({ b }) => b.value === 1),
      options,
    );
  }
  const sample = (which: 'a' | 'b') => ({
    values: both.map(pair => pair[which].value),
    weights: both.map(pair => pair[which].weight ?? 1),
  });
  return compareMeans(sample('a'), sample('b'), { ...options, transform: measure.transform });
};

/** Each measure that a stage has cases for, by name, with its interval apart. */
export interface StageMeasures {
  readonly [measure: string]: number | Readonly<Record<string, Omit<Estimate, 'value'>>>;
  readonly confidence: number;
  readonly intervals: Readonly<Record<string, Omit<Estimate, 'value'>>>;
}

/**
 * Output of `charter evaluate`: the value of each measure that the stage has cases for under the measure's name, and
 * `intervals` with each one's `low`, `high` and `n`.
 *
 * @example
 * measureStage({ pairs }) // { preference_accuracy: 0.61, …, confidence: 0.95, intervals: { preference_accuracy: … } }
 */
export const measureStage = (stage: StageScores, options: MeasureOptions = {}): StageMeasures => {
  const found = (options.measures ?? measures).flatMap(measure => {
    const result = estimate(measure, stage, options);
    return result ? [{ name: measure.name, ...result }] : [];
  });
  return {
    ...Object.fromEntries(found.map(({ name, value }) => [name, value])),
    confidence: options.confidence ?? 0.95,
    intervals: Object.fromEntries(found.map(({ name, value: _, ...interval }) => [name, interval])),
  };
};
