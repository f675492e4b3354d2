import type { ReportData } from '@charter/report';
import { CliError } from '../../command-line/cli-error.js';

type Metric = NonNullable<ReportData['metrics']>[number];
type Estimate = Metric['values'][string];
type Frontier = NonNullable<ReportData['frontier']>;

/** A run of one setting with one seed, as its report says it. */
export interface SweepResult {
  readonly label: string;
  readonly seed: number;
  readonly data: ReportData;
}

/** One setting over all of its seeds. */
interface SweepPoint {
  readonly label: string;
  readonly harmful: Estimate;
  readonly helpful: Estimate;
  readonly seeds: number;
  readonly base: boolean;
}

export interface SweepFrontier {
  readonly frontier: Frontier;
  readonly points: readonly SweepPoint[];
  /** Label of the best trade-off. */
  readonly best: string;
  /** Sentences on the criterion of the best point and its certainty. */
  readonly remarks: readonly string[];
}

const HARMFUL = 'harmful_compliance';
/** The first of these that was measured stands for helpfulness. */
const HELPFUL = ['helpfulness', 'helpful_refusal'];

/**
 * The mean over seeds. Its interval is the mean of theirs, since all answer the same prompts, widened until it holds
 * every seed's value.
 */
export const meanOverSeeds = (estimates: readonly Estimate[]): Estimate => {
  const mean = (pick: (estimate: Estimate) => number) =>
    estimates.reduce((sum, estimate) => sum + pick(estimate), 0) / estimates.length;
  const values = estimates.map(({ value }) => value);
  const first = estimates[0] as Estimate;
  const value = mean(estimate => estimate.value);
  const n = Math.min(...estimates.map(estimate => estimate.n));
  if (estimates.some(({ low }) => low === undefined)) return { value, n };
  if (estimates.length === 1) return first;
  return {
    value,
    low: Math.min(
      mean(({ low }) => low as number),
      ...values,
    ),
    high: Math.max(
      mean(({ high }) => high as number),
      ...values,
    ),
    n,
  };
};

const metricOf = (data: ReportData, name: string) => data.metrics?.find(metric => metric.name === name);

/** The last stage that a measure has a value for. */
const after = ({ values }: Metric, stages: readonly string[]): Estimate | undefined =>
  stages
    .map(stage => values[stage])
    .filter(value => value !== undefined)
    .at(-1);

const good = ({ better }: Pick<Metric, 'better'>, { value }: Estimate) =>
  better === 'higher' ? value : 1 - value;

const overlap = (a: Estimate, b: Estimate) =>
  (a.low ?? a.value) <= (b.high ?? b.value) && (b.low ?? b.value) <= (a.high ?? a.value);

/**
 * Harmful compliance against helpfulness over all settings, and the best trade-off among them: the largest sum of
 * harmful requests not complied with and helpful requests answered.
 *
 * @param results at least one; settings in order, each with the same seeds as far as they are done
 * @throws {CliError} when harmful compliance or helpfulness was not measured
 */
export const sweepFrontier = (results: readonly SweepResult[]): SweepFrontier => {
  const measured = (results[0] as SweepResult).data;
  const harmfulMetric = metricOf(measured, HARMFUL);
  const helpfulMetric = HELPFUL.map(name => metricOf(measured, name)).find(metric => metric !== undefined);
  if (!harmfulMetric || !helpfulMetric) {
    throw new CliError(
      'A sweep compares answers to evaluate.harmful and evaluate.helpful: the recipe needs both.',
    );
  }
  const estimates = (some: readonly SweepResult[], name: string, pick: typeof after) =>
    some.flatMap(({ data }) => {
      const metric = metricOf(data, name);
      const estimate = metric && pick(metric, data.stages ?? []);
      return estimate ? [estimate] : [];
    });
  const point = (
    label: string,
    some: readonly SweepResult[],
    pick: typeof after,
    base: boolean,
  ): SweepPoint => ({
    label,
    harmful: meanOverSeeds(estimates(some, HARMFUL, pick)),
    helpful: meanOverSeeds(estimates(some, helpfulMetric.name, pick)),
    seeds: new Set(some.map(({ seed }) => seed)).size,
    base,
  });
  const labels = [...new Set(results.map(({ label }) => label))];
  const before: typeof after = ({ values }, stages) => values[stages[0] as string];
  // Every setting starts from the same model: one of them per seed tells how it was.
  const oneEach = results.filter(({ seed }, i) => results.findIndex(other => other.seed === seed) === i);
  const base = point('base', oneEach, before, true);
  const settings = labels.map(label =>
    point(
      label,
      results.filter(result => result.label === label),
      after,
      false,
    ),
  );
  const score = ({ harmful, helpful }: SweepPoint) =>
    good(harmfulMetric, harmful) + good(helpfulMetric, helpful);
  const best = settings.reduce((a, b) => (score(b) > score(a) ? b : a));
  const points = [base, ...settings];
  const axis = ({ label, better, unit }: Metric) => ({
    label,
    better: better as 'higher' | 'lower',
    ...(unit !== undefined && { unit }),
  });
  const remarks = remarksOn(best, settings, base);
  return {
    points,
    best: best.label,
    remarks,
    frontier: {
      x: axis(helpfulMetric),
      y: axis(harmfulMetric),
      chosenIs: 'best trade-off',
      note: remarks.join(' '),
      points: points.map(({ label, harmful, helpful, seeds, base: isBase }) => ({
        label,
        x: helpful,
        y: harmful,
        seeds,
        ...(isBase && { base: true }),
        ...(label === best.label && { chosen: true }),
      })),
    },
  };
};

const remarksOn = (best: SweepPoint, settings: readonly SweepPoint[], base: SweepPoint): string[] => {
  const like = (other: SweepPoint) =>
    other !== best && overlap(other.harmful, best.harmful) && overlap(other.helpful, best.helpful);
  const alike = settings.filter(like).map(({ label }) => label);
  return [
    `Best trade-off: ${best.label}. It has the largest sum of harmful requests not complied with and helpful requests answered, which count alike.`,
    ...(alike.length
      ? [
          `Intervals do not tell it from ${alike.length} other${alike.length === 1 ? '' : 's'}: ${alike.join('; ')}.`,
        ]
      : []),
    ...(like(base) ? ['Nor do they tell it from the model before training.'] : []),
    ...(settings.length > 1
      ? ['It was chosen on the prompts that it is shown on: measure it on others before quoting its numbers.']
      : []),
    ...(best.seeds > 1
      ? [`Values are means over ${best.seeds} seeds; each interval is wide enough to hold every seed.`]
      : []),
  ];
};

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

const cell = ({ value, low, high, n }: Estimate) =>
  `${percent(value)} (${low === undefined || high === undefined ? 'no interval' : `${percent(low)} to ${percent(high)}`}, n = ${n})`;

/** The settings as lines of a table, the best one marked. */
export const sweepTable = ({ frontier, points, best }: SweepFrontier): string[] => {
  const rows = [
    ['setting', frontier.y.label, frontier.x.label],
    ...points.map(({ label, harmful, helpful }) => [
      `${label === best ? '* ' : '  '}${label}`,
      cell(harmful),
      cell(helpful),
    ]),
  ];
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => (row[column] as string).length)));
  return rows.map(row =>
    row
      .map((text, i) => text.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd(),
  );
};
