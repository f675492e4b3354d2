import { type Change, changeOf } from '../headline.js';
import { type Html, html } from '../html.js';
import { intervalPlot } from '../interval-plot.js';
import { evidence, metricFormat, type NumberFormat, SMALL_SAMPLE } from '../number-format.js';
import type { Estimate, Metric, Report } from '../report-data.js';
import { stageLabel } from '../stage-label.js';

const ARROWS = { better: '✓', worse: '!', changed: '≠', unclear: '~' } as const;

export const verdictMark = ({ verdict, words }: Change): Html => html`
<span class="verdict ${verdict}"><span aria-hidden="true">${ARROWS[verdict]}</span> ${words}${
  verdict === 'better' || verdict === 'worse' ? ` (${verdict})` : ''
}</span>`;

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
<td role="cell" class="plot-cell">${intervalPlot({
    label: metric.label,
    unit: metric.unit,
    format,
    rows: stages.flatMap((stage, series) => {
      const estimate = metric.values[stage];
      return estimate ? [{ label: stageLabel(stage), series, estimate }] : [];
    }),
  })}</td></tr>`;
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
