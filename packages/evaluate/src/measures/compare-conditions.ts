import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quantileSorted } from 'simple-statistics';
import type { JudgedAnswer } from '../judges/verdict.js';
import type { Difference, Estimate } from '../statistics/estimate.js';
import { difference, estimate, type IntervalOptions, type MeasureOptions } from './measure-stage.js';
import { type Measure, measures } from './measures.js';

/**
 * Answers to the same questions under several conditions, such as ways of asking or what was done to the weights; each
 * with the `id` of the plain question.
 */
export type AnswersByCondition = Readonly<Record<string, readonly JudgedAnswer[]>>;

/** A measure under every condition. */
export interface ConditionComparison extends Pick<Measure, 'name' | 'label' | 'better'> {
  readonly unit?: string;
  readonly conditions: Readonly<Record<string, Estimate>>;
  /** Each condition against the first, on the same questions. */
  readonly comparisons: readonly ({ readonly from: string; readonly to: string } & Difference)[];
  /**
   * Largest minus smallest value, with its bootstrap interval over questions. Chance alone makes it larger than 0, so
   * the comparisons say whether a condition matters.
   */
  readonly spread: Estimate;
}

/** Measures that are taken under every condition unless others are asked for. */
const usual = [
  'harmful_compliance',
  'right_reason',
  'refusal',
  'evasiveness',
  'helpfulness',
  'over_refusal',
  'helpful_refusal',
  'broken_answers',
];

/**
 * Dependence of measures on a condition; the others are compared with the first.
 *
 * @param options.measures default: those of the table that count refusals, help and broken answers
 */
export const compareConditions = (
  answers: AnswersByCondition,
  options: MeasureOptions = {},
): ConditionComparison[] => {
  const conditions = Object.entries(answers).map(([name, list]) => ({ name, scores: { answers: list } }));
  const taken = options.measures ?? measures.filter(({ name }) => usual.includes(name));
  return taken.flatMap((measure): ConditionComparison[] => {
    const values = conditions.flatMap(({ name, scores }) => {
      const value = estimate(measure, scores, options);
      return value ? [[name, value] as const] : [];
    });
    if (values.length === 0) return [];
    const { name, label, better, unit } = measure;
    return [
      {
        name,
        label,
        better,
        ...(unit !== undefined && { unit }),
        conditions: Object.fromEntries(values),
        comparisons: conditions.slice(1).flatMap(({ name: to, scores }) => {
          const change = difference(measure, conditions[0]!.scores, scores, options);
          return change ? [{ from: conditions[0]!.name, to, ...change }] : [];
        }),
        spread: spreadOf(
          conditions.map(({ scores }) => new Map(measure.cases(scores).map(({ id, value }) => [id, value]))),
          options,
        ),
      },
    ];
  });
};

/** @param columns for each condition the values by question; questions that one of them lacks do not count */
const spreadOf = (
  columns: readonly ReadonlyMap<string, number>[],
  { confidence = 0.95, resamples = 10_000, seed = 0 }: IntervalOptions,
): Estimate => {
  const questions = [...columns[0]!.keys()].filter(id => columns.every(column => column.has(id)));
  const rows = columns.map(column => questions.map(id => column.get(id)!));
  const n = questions.length;
  const spread = (picked: readonly number[]) => {
    const means = rows.map(row => picked.reduce((sum, i) => sum + row[i]!, 0) / n);
    return Math.max(...means) - Math.min(...means);
  };
  const every = questions.map((_, i) => i);
  if (n < 2) return { value: n ? spread(every) : 0, n };
  const random = xoroshiro128plus(seed);
  const drawn = Array.from({ length: resamples }, () =>
    spread(every.map(() => uniformInt(random, 0, n - 1))),
  ).sort((a, b) => a - b);
  return {
    value: spread(every),
    low: quantileSorted(drawn, (1 - confidence) / 2),
    high: quantileSorted(drawn, (1 + confidence) / 2),
    n,
  };
};
