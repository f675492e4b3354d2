import { type Change, headline, losses, summary } from '../headline.js';
import { type Html, html } from '../html.js';
import { intervalPlot } from '../interval-plot.js';
import { duration, evidence, integer, percent, SMALL_SAMPLE } from '../number-format.js';
import type { Report, Sample } from '../report-data.js';
import { stageLabel } from '../stage-label.js';
import { verdictMark } from './metrics.js';
import { sum } from './run.js';

const card = (change: Change, stages: readonly string[]): Html => {
  const { metric, format, from, to, verdict } = change;
  const few = Math.min(from.estimate.n, to.estimate.n) < SMALL_SAMPLE;
  return html`<li class="card ${verdict}"><span class="what">${metric.label}:</span>
<span class="move"><span class="was">${format.value(from.estimate.value)}</span><span class="arrow" aria-hidden="true"> → </span><span class="unseen"> to </span><span class="now">${format.value(to.estimate.value)}</span></span>
${verdictMark(change)}
<div class="strip">${intervalPlot({
    label: `${metric.label}, before and after`,
    unit: metric.unit,
    format,
    names: false,
    width: 180,
    rows: [from, to].map(({ stage, estimate }) => ({
      label: stageLabel(stage),
      series: stages.indexOf(stage),
      estimate,
    })),
  })}</div>
<span class="evidence">${stageLabel(from.stage)} ${evidence(format, from.estimate)}</span>
<span class="evidence">${stageLabel(to.stage)} ${evidence(format, to.estimate)}</span>
${few ? html`<span class="few">few cases: read with care</span>` : ''}</li>`;
};

const move = ({ metric, format, from, to }: Change) =>
  `${metric.label}: ${format.value(from.estimate.value)} → ${format.value(to.estimate.value)}`;

/** Losses and cost in a line each: the two questions that follow the headline. */
const price = (report: Report, compared: boolean): Html | string => {
  const { run, critique } = report;
  const lost = losses(report);
  const seconds = sum(run?.seconds);
  const tokens = sum(run?.tokens);
  const total = critique ? critique.accepted + critique.rejected : 0;
  const rows: [string, string | Html][] = [];
  if (compared)
    rows.push([
      'What was lost',
      lost.length
        ? html`<ul>${lost.map(change => html`<li>${move(change)}</li>`)}</ul>`
        : 'Nothing that was measured got clearly worse.',
    ]);
  const cost = [
    seconds ? duration(seconds) : '',
    tokens ? `${integer(tokens)}\u00a0tokens` : '',
    run?.machine ?? '',
  ].filter(Boolean);
  if (cost.length) rows.push(['What it cost', cost.join(' · ')]);
  if (total && critique)
    rows.push([
      'What it learned from',
      `${integer(critique.accepted)} of ${integer(total)} answers (${percent(critique.accepted / total)}) that the model revised itself and that passed every check`,
    ]);
  return rows.length
    ? html`<dl class="price">${rows.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`
    : '';
};

/** The first harmful request whose last answer is of another kind than its first. */
const telling = ({ samples, stages }: Report): Sample | undefined => {
  const [first, last] = [stages[0], stages.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  return samples?.find(
    ({ kind, answers, outcomes }) =>
      kind === 'harmful' &&
      answers[first] !== undefined &&
      answers[last] !== undefined &&
      outcomes?.[first] !== outcomes?.[last],
  );
};

const example = (report: Report): Html | string => {
  const sample = telling(report);
  if (!sample) return '';
  const ends = [report.stages[0], report.stages.at(-1)] as [string, string];
  return html`<details class="folded example"><summary>One harmful request, before and after${
    sample.outcomes ? `: ${ends.map(stage => sample.outcomes?.[stage]).join(' → ')}` : ''
  } <span class="note">May be upsetting.</span></summary>
<blockquote class="text prompt">${sample.prompt}</blockquote>
<div class="parts-row">${ends.map(
    stage => html`<div class="part stage-${report.stages.indexOf(stage)}"><h2 class="part-title">${stageLabel(stage)}</h2>
<p class="text">${sample.answers[stage]}</p></div>`,
  )}</div></details>`;
};

/** The first screen: what changed, what was lost, what it cost. */
export const opening = (report: Report): Html => {
  const changes = headline(report);
  const overall = summary(report);
  const from = [...new Set([report.run?.recipe, report.run?.model])]
    .filter(name => name && name !== report.title)
    .join(' · ');
  return html`${from ? html`<p class="eyebrow">${from}</p>` : ''}
<h1>${report.title}</h1>
${report.description ? html`<p class="about">${report.description}</p>` : ''}
${report.note ? html`<p class="banner" role="note">${report.note}</p>` : ''}
${overall ? html`<p class="summary">${overall}</p>` : ''}
${changes.length ? html`<ul class="headline" aria-label="What changed">${changes.map(change => card(change, report.stages))}</ul>` : ''}
${price(report, changes.length > 0)}
${example(report)}`;
};
