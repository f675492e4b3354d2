import * as Plot from '@observablehq/plot';
import { figure } from '../figure.js';
import { type Html, html } from '../html.js';
import { integer, percent } from '../number-format.js';
import { FIGURE_WIDTH, plotSvg, seriesColour } from '../plot-svg.js';
import type { Critique, GateExample, Report } from '../report-data.js';

/** "82 of 100 (82 %)": a share never stands without what it is a share of. */
const shareOf = (part: number, whole: number) =>
  whole ? `${integer(part)} of ${integer(whole)} (${percent(part / whole)})` : `${integer(part)} of 0`;

const bars = (
  label: string,
  rows: readonly { name: string; value: number; text: string }[],
  domain: [number, number],
  colour: string,
) =>
  plotSvg(label, {
    width: FIGURE_WIDTH,
    height: 12 + 24 * rows.length,
    marginLeft: 148,
    marginRight: 76,
    marginTop: 4,
    marginBottom: 8,
    x: { domain, axis: null },
    y: {
      domain: rows.map(row => row.name),
      label: null,
      tickSize: 0,
      tickFormat: (name: string) => (name.length > 25 ? `${name.slice(0, 24)}…` : name),
    },
    marks: [
      Plot.barX(rows, { x1: 0, x2: 'value', y: 'name', fill: colour, insetTop: 3, insetBottom: 3 }),
      Plot.text(rows, { x: 'value', y: 'name', text: 'text', textAnchor: 'start', dx: 4 }),
      Plot.ruleX([0]),
    ],
  });

const LABELS = {
  prompt: 'Prompt',
  response: 'First answer',
  critique: 'Critique',
  revision: 'Revision',
  reason: 'Why it was kept out',
} as const;

const exampleBlock = (example: GateExample): Html =>
  typeof example === 'string'
    ? html`<li class="text">${example}</li>`
    : html`<li><dl class="parts">${Object.entries(LABELS).map(([key, label]) => {
        const text = example[key as keyof typeof LABELS];
        return text === undefined ? '' : html`<dt>${label}</dt><dd class="text">${text}</dd>`;
      })}</dl></li>`;

const gateFigure = ({ gates, accepted, rejected }: Critique): Html => {
  const sorted = gates.toSorted((a, b) => b.count - a.count);
  const total = accepted + rejected;
  const top = sorted[0]?.count ?? 0;
  const description = `Rows that each check kept out, of ${integer(total)}. A row may fail several.`;
  return figure({
    title: 'What the checks kept out',
    description,
    plot: bars(
      `${description} ${sorted.map(({ gate, count }) => `${gate}: ${count}`).join('; ')}`,
      sorted.map(({ gate, count }) => ({ name: gate, value: count, text: integer(count) })),
      [0, Math.max(1, top)],
      seriesColour(1),
    ),
    data: {
      columns: ['check', 'rows kept out', 'what it looks for'],
      rows: sorted.map(({ gate, count, description: text }) => [gate, shareOf(count, total), text ?? '']),
    },
  });
};

const PRINCIPLE_MEASURES = [
  {
    key: 'share',
    title: 'How often each principle was drawn',
    description: 'Share of all rows; n: its rows.',
  },
  {
    key: 'acceptance',
    title: 'How often its revision was kept',
    description: 'Share of its rows that passed every check.',
  },
  {
    key: 'change',
    title: 'How much it changed the answer',
    description: '0 %: the revision is the first answer; 100 %: they have nothing in common.',
  },
  {
    key: 'spread',
    title: 'How different its revisions are',
    description:
      'By the model’s mean hidden state; far below the others: the principle makes every answer alike.',
  },
] as const;

const principleFigures = ({ principles }: Critique): (Html | undefined)[] =>
  PRINCIPLE_MEASURES.map(({ key, title, description }) => {
    const rows = principles.flatMap(principle => {
      const value = principle[key];
      return value === undefined
        ? []
        : [
            {
              principle,
              name: principle.id,
              value,
              text: `${percent(value)},\u00a0n\u00a0=\u00a0${integer(principle.n)}`,
            },
          ];
    });
    if (!rows.length) return undefined;
    const top = key === 'share' ? Math.max(...rows.map(row => row.value)) || 1 : 1;
    return figure({
      title,
      description,
      plot: bars(
        `${title}. ${rows.map(row => `${row.name}: ${row.text}`).join('; ')}`,
        rows,
        [0, top],
        seriesColour(3),
      ),
      data: {
        columns: ['principle', 'value and rows', 'text'],
        rows: rows.map(({ name, text, principle }) => [name, text, principle.text ?? '']),
      },
    });
  });

export const critiqueSection = ({ critique }: Report): Html | undefined => {
  if (!critique) return undefined;
  const total = critique.accepted + critique.rejected;
  return html`<section id="critique" aria-labelledby="critique-title">
<h2 id="critique-title">Critiques and revisions</h2>
<p>${shareOf(critique.accepted, total)} revised answers passed every check and went into training; ${integer(critique.rejected)} were kept out.</p>
<div class="figures">${critique.gates.length ? gateFigure(critique) : ''}${principleFigures(critique)}</div>
${critique.gates
  .filter(gate => gate.examples.length)
  .map(
    gate => html`<details class="fold"><summary>${gate.gate}: ${gate.examples.length === 1 ? 'an example' : `${gate.examples.length} examples`} of the ${integer(gate.count)} kept out</summary>
${gate.description ? html`<p class="note">${gate.description}</p>` : ''}<ol class="examples">${gate.examples.map(exampleBlock)}</ol></details>`,
  )}</section>`;
};
