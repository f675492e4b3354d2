import { figure } from '../figure.js';
import { type Html, html } from '../html.js';
import { intervalPlot } from '../interval-plot.js';
import { evidence, type NumberFormat, number, numberFormat } from '../number-format.js';
import { SERIES, seriesColour } from '../plot-svg.js';
import type { Conditions, Report } from '../report-data.js';
import { stageLabel } from '../stage-label.js';

/** "After DPO: from 6 % to 14 %, 8 points apart (4 to 12)." */
export const spreadOf = ({ conditions, spread, metric }: Conditions, stage: string, format: NumberFormat) => {
  const values = conditions.flatMap(condition => condition.values[stage]?.value ?? []);
  if (values.length < 2) return '';
  const apart = spread?.[stage];
  const unit = metric.unit === 'ratio' ? '\u00a0points' : metric.unit ? `\u00a0${metric.unit}` : '';
  const size = (value: number) =>
    metric.unit === 'ratio' ? number(Math.round(value * 1000) / 10) : number(value);
  const interval =
    apart?.low === undefined || apart.high === undefined
      ? ''
      : ` (${size(apart.low)} to ${size(apart.high)})`;
  return `${stageLabel(stage)}: from ${format.value(Math.min(...values))} to ${format.value(Math.max(...values))}${
    apart ? `, ${size(apart.value)}${unit} apart${interval}` : ''
  }.`;
};

const conditionsFigure = (entry: Conditions, stages: readonly string[], within: string): Html => {
  const { metric, conditions } = entry;
  const format = numberFormat(
    metric.unit,
    conditions.flatMap(({ values }) => Object.values(values)),
  );
  const used = stages.filter(stage => conditions.some(({ values }) => values[stage]));
  const rows = conditions.flatMap(({ label, values }) =>
    used.flatMap((stage, i) => {
      const estimate = values[stage];
      const first = used.findIndex(one => values[one]) === i;
      return estimate
        ? [{ label: first ? label : '', series: stages.indexOf(stage), estimate, stage, of: label }]
        : [];
    }),
  );
  return figure({
    title: metric.label,
    within,
    description: [
      metric.better === 'none' ? '' : `${metric.better} is better.`.replace(/^./, c => c.toUpperCase()),
      ...used.map(stage => spreadOf(entry, stage, format)),
    ]
      .filter(Boolean)
      .join(' '),
    legend: used.map(stage => ({
      label: stageLabel(stage),
      colour: seriesColour(stages.indexOf(stage) % SERIES),
      dash: 'none',
    })),
    plot: intervalPlot({
      label: `${within}, ${metric.label}`,
      unit: metric.unit,
      format,
      rows,
      width: 340,
      marginLeft: 128,
      described: rows.map(row => `${row.of}, ${stageLabel(row.stage)}`),
    }),
    data: {
      columns: ['condition', ...used.map(stageLabel), 'what it is'],
      rows: conditions.map(({ label, description, values }) => [
        label,
        ...used.map(stage => {
          const estimate = values[stage];
          return estimate ? `${format.value(estimate.value)} (${evidence(format, estimate)})` : '';
        }),
        description ?? '',
      ]),
    },
  });
};

const section = (
  { id, title, text }: { id: string; title: string; text: string },
  entries: readonly Conditions[] | undefined,
  stages: readonly string[],
): Html | undefined => {
  const shown = entries?.filter(({ conditions }) => conditions.length);
  if (!shown?.length) return undefined;
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p>${text}</p>
<div class="figures">${shown.map(entry => conditionsFigure(entry, stages, title))}</div></section>`;
};

export const sensitivitySection = ({ sensitivity, stages }: Report): Html | undefined =>
  section(
    {
      id: 'sensitivity',
      title: 'Asked in other ways',
      text: 'The same questions in other phrasings and formats. A result that rests on one way of asking shows as a wide spread.',
    },
    sensitivity,
    stages,
  );

export const robustnessSection = ({ robustness, stages }: Report): Html | undefined =>
  section(
    {
      id: 'robustness',
      title: 'What remains',
      text: 'The same measures after something was done to the trained model.',
    },
    robustness,
    stages,
  );

const twoDigits = (number: number): string => number.toFixed(2).replace('-', '−');

export const judgesSection = ({ judges }: Report): Html | undefined => {
  if (!judges?.length) return undefined;
  const format = numberFormat(
    'ratio',
    judges.map(({ agree }) => agree),
  );
  return html`<section id="judges" aria-labelledby="judges-title">
<h2 id="judges-title">Do the judges agree?</h2>
<p>How often two judges say the same of the same answer. Kappa is agreement beyond chance: 1 is perfect, 0 is chance.</p>
<ul class="agreements">${judges.map(
    ({
      judges: [a, b],
      of,
      agree,
      kappa,
      kappa_interval: interval,
    }) => html`<li><span class="what">${a} and ${b}${of ? `, ${of}` : ''}</span>
<span class="value">${format.value(agree.value)}</span> <span class="evidence">${evidence(format, agree)}${kappa === undefined ? '' : `; kappa ${twoDigits(kappa)}${interval ? ` (${twoDigits(interval.low)} to ${twoDigits(interval.high)})` : ''}`}</span></li>`,
  )}</ul></section>`;
};
