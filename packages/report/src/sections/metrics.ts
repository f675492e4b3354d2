import * as Plot from '@observablehq/plot';
import { type Change, changeOf } from '../headline.js';
import { type Html, html } from '../html.js';
import { evidence, integer, metricFormat, type NumberFormat, SMALL_SAMPLE } from '../number-format.js';
import { plotSvg, seriesColour, seriesSymbol } from '../plot-svg.js';
import type { Estimate, Metric, Report } from '../report-data.js';
import { stageLabel } from '../stage-label.js';

const ARROWS = { better: '✓', worse: '!', changed: '≠', unclear: '~' } as const;

export const verdictMark = ({ verdict, words }: Change): Html => html`
<span class="verdict ${verdict}"><span aria-hidden="true">${ARROWS[verdict]}</span> ${words}${
  verdict === 'better' || verdict === 'worse' ? ` (${verdict})` : ''
}</span>`;

const domain = (metric: Metric): [number, number] => {
  if (metric.unit === 'ratio') return [0, 1];
  const ends = Object.values(metric.values).flatMap(({ value, low, high }) => [
    value,
    low ?? value,
    high ?? value,
  ]);
  // Lengths and perplexities are read against zero, so their axis starts there.
  return [Math.min(0, ...ends), Math.max(...ends, 0) * 1.05 || 1];
};

const ticks = (metric: Metric, format: NumberFormat) =>
  metric.unit === 'ratio'
    ? { ticks: [0, 0.5, 1], tickFormat: (value: number) => `${value * 100} %` }
    : {
        ticks: 3,
        tickFormat: (value: number) => (Number.isInteger(value) ? integer(value) : format.value(value)),
      };

const dotAndInterval = (metric: Metric, stages: readonly string[]): Html => {
  const format = metricFormat(metric);
  const rows = stages.flatMap((stage, i) => {
    const estimate = metric.values[stage];
    return estimate ? [{ stage: stageLabel(stage), i, ...estimate }] : [];
  });
  const label = `${metric.label}: ${rows.map(row => `${row.stage} ${format.value(row.value)} (${evidence(format, row)})`).join('; ')}`;
  return plotSvg(label, {
    width: 300,
    height: 26 + 22 * rows.length,
    marginLeft: 74,
    marginRight: 22,
    marginTop: 4,
    marginBottom: 22,
    x: { domain: domain(metric), label: null, ...ticks(metric, format) },
    y: { domain: rows.map(row => row.stage), label: null, tickSize: 0 },
    marks: [
      Plot.gridX({ ticks: metric.unit === 'ratio' ? [0, 0.5, 1] : 3, strokeOpacity: 0.15 }),
      ...rows.map(row => [
        Plot.link(row.low === undefined ? [] : [row], {
          x1: 'low',
          x2: 'high',
          y: 'stage',
          stroke: seriesColour(row.i),
          strokeWidth: 3,
          strokeOpacity: 0.55,
        }),
        Plot.dot([row], {
          x: 'value',
          y: 'stage',
          r: 4.5,
          symbol: seriesSymbol(row.i),
          fill: seriesColour(row.i),
          stroke: 'var(--paper)',
          strokeWidth: 1,
        }),
      ]),
    ],
  });
};

const valueCell = (stage: string, format: NumberFormat, estimate: Estimate | undefined): Html => html`
<td role="cell"><span class="stage">${stageLabel(stage)}</span>${
  estimate
    ? html`<span class="value">${format.value(estimate.value)}</span><span class="evidence">${evidence(format, estimate)}</span>${
        estimate.n < SMALL_SAMPLE ? html`<span class="few">few cases: read with care</span>` : ''
      }`
    : html`<span class="evidence">not measured</span>`
}</td>`;

const WANTED = {
  higher: 'higher is better',
  lower: 'lower is better',
  none: 'neither way is better',
} as const;

const metricRow = (metric: Metric, stages: readonly string[]): Html => {
  const format = metricFormat(metric);
  const change = changeOf(metric, stages);
  return html`<tr role="row">
<th role="rowheader" scope="row"><span class="label">${metric.label}</span><span class="evidence">${WANTED[metric.better]}${
    metric.description ? `. ${metric.description}` : ''
  }</span>${change ? html`${verdictMark(change)}<span class="evidence">${change.basis}</span>` : ''}</th>
${stages.map(stage => valueCell(stage, format, metric.values[stage]))}
<td role="cell" class="plot-cell">${dotAndInterval(metric, stages)}</td></tr>`;
};

export const metricsSection = (report: Report): Html | undefined => {
  const { metrics, stages, confidence } = report;
  if (!metrics?.length) return undefined;
  return html`<section id="measures" aria-labelledby="measures-title">
<h2 id="measures-title">Before and after</h2>
<p>Every value stands with its ${Math.round(confidence * 1000) / 10} % interval and the number of cases n.</p>
<table class="measures" role="table">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Measure</th>${stages.map(
    stage => html`<th role="columnheader" scope="col">${stageLabel(stage)}</th>`,
  )}<th role="columnheader" scope="col">Values and intervals</th></tr></thead>
<tbody role="rowgroup">${metrics.map(metric => metricRow(metric, stages))}</tbody>
</table></section>`;
};
