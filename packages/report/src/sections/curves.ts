import * as Plot from '@observablehq/plot';
import { figure } from '../figure.js';
import { type Html, html } from '../html.js';
import { integer, number } from '../number-format.js';
import { FIGURE_WIDTH, plotSvg, seriesColour, seriesDash } from '../plot-svg.js';
import type { CurvePoint, Report } from '../report-data.js';
import { trainingLabel } from '../stage-label.js';

interface CurveChart {
  title: string;
  series: readonly { key: string; label: string }[];
  /** A line to compare with: 0 for margins, one half for accuracies. */
  rule?: number;
  domain?: readonly [number, number];
  unit?: string;
}

/** One row per plot; a plot appears when any of its keys does. Keys are TRL's. */
const CHARTS: readonly CurveChart[] = [
  {
    title: 'Loss',
    series: [
      { key: 'loss', label: 'training' },
      { key: 'eval_loss', label: 'held out' },
    ],
  },
  {
    title: 'Rewards',
    series: [
      { key: 'rewards/chosen', label: 'chosen' },
      { key: 'rewards/rejected', label: 'rejected' },
    ],
    rule: 0,
  },
  {
    title: 'Reward margin',
    series: [
      { key: 'rewards/margins', label: 'training' },
      { key: 'eval_rewards/margins', label: 'held out' },
    ],
    rule: 0,
  },
  {
    title: 'Pairs ranked right',
    series: [
      { key: 'rewards/accuracies', label: 'training' },
      { key: 'eval_rewards/accuracies', label: 'held out' },
    ],
    rule: 0.5,
    domain: [0, 1],
    unit: 'share of the batch',
  },
  {
    title: 'Log-probability',
    series: [
      { key: 'logps/chosen', label: 'chosen' },
      { key: 'logps/rejected', label: 'rejected' },
    ],
    unit: 'nats per answer',
  },
  {
    title: 'Distance from the base model',
    series: [
      { key: 'kl', label: 'training' },
      { key: 'eval_kl', label: 'held out' },
    ],
    rule: 0,
    unit: 'KL, nats',
  },
  {
    title: 'Tokens predicted right',
    series: [
      { key: 'mean_token_accuracy', label: 'training' },
      { key: 'eval_mean_token_accuracy', label: 'held out' },
    ],
    domain: [0, 1],
    unit: 'share',
  },
  {
    title: 'Entropy',
    series: [
      { key: 'entropy', label: 'training' },
      { key: 'eval_entropy', label: 'held out' },
    ],
    unit: 'nats',
  },
  { title: 'Learning rate', series: [{ key: 'learning_rate', label: 'learning rate' }] },
  { title: 'Gradient norm', series: [{ key: 'grad_norm', label: 'gradient norm' }] },
];

interface Point {
  step: number;
  value: number;
}

/** Values that were not finite (a step that diverged) are left out of the plot and counted. */
const seriesOf = (rows: readonly CurvePoint[], key: string): { points: Point[]; broken: number } => {
  const points: Point[] = [];
  let broken = 0;
  for (const row of rows) {
    if (!(key in row)) continue;
    const value = row[key];
    if (typeof value === 'number' && Number.isFinite(value)) points.push({ step: row.step, value });
    else broken++;
  }
  return { points, broken };
};

const MOST_POINTS = 240;
const MOST_ROWS = 40;

/** Means over equal runs of steps, so that a long run neither hides its trend in noise nor fills the file. */
const thin = (points: readonly Point[]): { points: readonly Point[]; size: number } => {
  const size = Math.ceil(points.length / MOST_POINTS);
  if (size <= 1) return { points, size: 1 };
  const mean = (run: readonly Point[], pick: (point: Point) => number) =>
    run.reduce((sum, point) => sum + pick(point), 0) / run.length;
  return {
    size,
    points: Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
      const run = points.slice(i * size, (i + 1) * size);
      return { step: mean(run, point => point.step), value: mean(run, point => point.value) };
    }),
  };
};

const story = (label: string, points: readonly Point[]) => {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return '';
  return `${label}: ${number(first.value)} at step ${integer(first.step)}${
    first === last ? '' : ` → ${number(last.value)} at step ${integer(last.step)}`
  }`;
};

/** 0.5, 1, 1.5; 1.5e−3. */
const tick = (value: number) =>
  (value !== 0 && Math.abs(value) < 1e-2
    ? Number(value.toPrecision(6)).toExponential()
    : value.toLocaleString('en-US')
  ).replaceAll('-', '−');

const curveFigure = (chart: CurveChart, rows: readonly CurvePoint[], stage: string): Html | undefined => {
  const all = chart.series
    .map(({ key, label }, i) => ({ key, label, i, ...seriesOf(rows, key) }))
    .filter(({ points, broken }) => points.length || broken);
  if (!all.length) return undefined;

  const thinned = all.map(series => ({ ...series, drawn: thin(series.points) }));
  const size = Math.max(...thinned.map(({ drawn }) => drawn.size));
  const broken = all.reduce((sum, series) => sum + series.broken, 0);
  const description = [
    ...all.map(({ label, points }) => story(label, points)).filter(Boolean),
    chart.rule === undefined ? '' : `thin line at ${number(chart.rule)}`,
    size > 1 ? `each point is the mean of ${size} logged steps` : '',
    broken ? `${broken} value${broken === 1 ? '' : 's'} not finite, not drawn` : '',
  ]
    .filter(Boolean)
    .map(sentence => `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`)
    .join(' ');

  const steps = [...new Set(all.flatMap(({ points }) => points.map(point => point.step)))].sort(
    (a, b) => a - b,
  );
  const every = Math.ceil(steps.length / MOST_ROWS);
  const values = all.map(({ points }) => new Map(points.map(({ step, value }) => [step, value])));
  const listed = steps.filter((_, i) => i % every === 0 || i === steps.length - 1);

  return figure({
    title: chart.unit ? `${chart.title} (${chart.unit})` : chart.title,
    within: trainingLabel(stage),
    description,
    legend: thinned.map(({ label, i }) => ({ label, colour: seriesColour(i + 1), dash: seriesDash(i) })),
    plot: plotSvg(`${trainingLabel(stage)}, ${chart.title.toLowerCase()} by step. ${description}`, {
      width: FIGURE_WIDTH,
      height: 190,
      marginLeft: 48,
      marginRight: 14,
      marginTop: 10,
      marginBottom: 32,
      x: { label: 'step', labelArrow: 'none', ticks: 4, nice: false },
      y: {
        label: null,
        ticks: 4,
        tickFormat: tick,
        nice: true,
        ...(chart.domain ? { domain: [...chart.domain] } : {}),
      },
      marks: [
        Plot.gridY({ ticks: 4, strokeOpacity: 0.15 }),
        chart.rule === undefined ? null : Plot.ruleY([chart.rule], { strokeOpacity: 0.6 }),
        ...thinned.map(({ drawn, i }) =>
          drawn.points.length > 1
            ? Plot.lineY(drawn.points, {
                x: 'step',
                y: 'value',
                stroke: seriesColour(i + 1),
                strokeWidth: 1.8,
                strokeDasharray: seriesDash(i),
              })
            : Plot.dot(drawn.points, { x: 'step', y: 'value', fill: seriesColour(i + 1), r: 4 }),
        ),
      ],
    }),
    data: {
      columns: ['step', ...all.map(({ key }) => key)],
      rows: listed.map(step => [
        integer(step),
        ...values.map(series => {
          const value = series.get(step);
          return value === undefined ? '' : number(value);
        }),
      ]),
      note:
        listed.length < steps.length
          ? `${listed.length} of ${integer(steps.length)} logged steps, evenly spaced. report.json has all of them.`
          : undefined,
    },
  });
};

export const curvesSection = ({ curves }: Report): Html | undefined => {
  const stages = Object.entries(curves ?? {}).filter(([, rows]) => rows.length);
  if (!stages.length) return undefined;
  return html`<section id="training" aria-labelledby="training-title">
<h2 id="training-title">Training</h2>
${stages.map(
  ([stage, rows]) => html`<h3>${trainingLabel(stage)}</h3>
<div class="figures">${CHARTS.map(chart => curveFigure(chart, rows, stage))}</div>`,
)}</section>`;
};
