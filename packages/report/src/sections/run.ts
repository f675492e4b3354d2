import { dataTable } from '../figure.js';
import { type Html, html } from '../html.js';
import { duration, integer } from '../number-format.js';
import type { Report, Run } from '../report-data.js';

const time = (iso: string) => {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : html`<time datetime="${iso}">${date.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`;
};

/** Of the stages. */
export const sum = (values: Record<string, number> | undefined) =>
  Object.values(values ?? {}).reduce((total, value) => total + value, 0);

/** Facts of a run (what was run, where, and its cost): pairs of a term and its value. */
export const runFacts = (run: Run): [string, string | Html][] => {
  const facts: [string, string | Html | undefined][] = [
    ['Recipe', run.recipe],
    ['Model', run.model],
    ['Machine', run.machine],
    ['Started', run.started && time(run.started)],
    ['Finished', run.finished && time(run.finished)],
    ['Time in all', run.seconds && duration(sum(run.seconds))],
    ['Tokens in all', run.tokens && integer(sum(run.tokens))],
  ];
  return facts.filter((fact): fact is [string, string | Html] => Boolean(fact[1]));
};

const costs = ({ seconds, tokens }: Run): Html | string => {
  const stages = [...new Set([...Object.keys(seconds ?? {}), ...Object.keys(tokens ?? {})])];
  if (!stages.length) return '';
  const rows = stages.map(stage => {
    const [s, t] = [seconds?.[stage], tokens?.[stage]];
    return [
      stage,
      s === undefined ? '' : duration(s),
      t === undefined ? '' : integer(t),
      s && t !== undefined ? integer(t / s) : '',
    ];
  });
  return html`<h3>Time and tokens</h3>${dataTable('Time and tokens per stage', {
    columns: ['stage', 'time', 'tokens', 'tokens/s'],
    rows,
  })}`;
};

const setting = (value: unknown) =>
  Array.isArray(value) ? value.join(', ') : value === null ? 'none' : String(value);

const pairs = (title: string, entries: Record<string, unknown> | undefined, open = false): Html | string =>
  entries && Object.keys(entries).length
    ? html`<details class="fold"${open ? html` open` : ''}><summary>${title}</summary>${dataTable(title, {
        columns: ['name', 'value'],
        rows: Object.entries(entries).map(([key, value]) => [key, html`<code>${setting(value)}</code>`]),
      })}</details>`
    : '';

export const runSection = ({ run }: Report): Html | undefined => {
  if (!run) return undefined;
  return html`<section id="run" aria-labelledby="run-title">
<h2 id="run-title">How it was made</h2>
<dl class="facts">${runFacts(run).map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
${costs(run)}
${Object.entries(run.settings ?? {}).map(([stage, settings]) => pairs(`Settings of ${stage}`, settings))}
${pairs('Versions', run.versions)}${pairs('Hashes of what went in and came out', run.hashes)}</section>`;
};
