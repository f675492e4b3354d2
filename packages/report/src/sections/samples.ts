import { type Html, html } from '../html.js';
import { integer } from '../number-format.js';
import { SERIES } from '../plot-svg.js';
import type { Report, Sample } from '../report-data.js';
import { stageLabel } from '../stage-label.js';

const KINDS = {
  harmful: 'Harmful request',
  helpful: 'Everyday request',
  borderline: 'Borderline request',
} as const;

const part = (title: string, text: string | undefined, outcome?: string, kind = ''): Html | string =>
  text === undefined
    ? ''
    : html`<section class="part ${kind}"><h4>${title}${outcome ? html` <span class="outcome">${outcome}</span>` : ''}</h4>
<p class="text">${text === '' ? html`<em>(empty)</em>` : text}</p></section>`;

/** In the order in which they came to be: first answer, its critique and revision, then what training made of it. */
const parts = (sample: Sample, stages: readonly string[]): Html => {
  const [first, ...later] = stages;
  const answer = (stage: string) =>
    part(
      stageLabel(stage),
      sample.answers[stage],
      sample.outcomes?.[stage],
      `stage-${stages.indexOf(stage) % SERIES}`,
    );
  return html`<blockquote class="text prompt">${sample.prompt}</blockquote>
<div class="parts-row">${first === undefined ? '' : answer(first)}${part('Critique', sample.critique, undefined, 'between')}${part(
    'Revision',
    sample.revision,
    undefined,
    'between',
  )}${later.map(answer)}</div>`;
};

const path = (sample: Sample, stages: readonly string[]) =>
  stages
    .flatMap(stage => {
      const outcome = sample.outcomes?.[stage];
      return outcome ? [`${stageLabel(stage)}: ${outcome}`] : [];
    })
    .join(' → ');

const sampleArticle = (sample: Sample, index: number, stages: readonly string[]): Html => {
  const outcomes = path(sample, stages);
  const tags = html`${sample.principle ? html`<span class="tag">${sample.principle}</span>` : ''}${(
    sample.flags ?? []
  ).map(flag => html`<span class="tag flag">${flag}</span>`)}`;
  return html`<article class="sample ${sample.kind}" data-kind="${sample.kind}" data-principle="${sample.principle ?? ''}" data-flags="${JSON.stringify(sample.flags ?? [])}">
<header><h3>${KINDS[sample.kind]} ${index}</h3>${tags}</header>
${
  sample.kind === 'harmful'
    ? html`<details class="folded"><summary>${outcomes || (sample.critique ? 'Prompt, answers, critique and revision' : 'Prompt and answers')} <span class="note">May be upsetting.</span></summary>${parts(sample, stages)}</details>`
    : parts(sample, stages)
}</article>`;
};

const select = (id: string, label: string, options: readonly (readonly [string, string])[]): Html | string =>
  options.length < 2
    ? ''
    : html`<label for="${id}">${label} <select id="${id}"><option value="">all</option>${options.map(
        ([value, text]) => html`<option value="${value}">${text}</option>`,
      )}</select></label>`;

/** The kinds by turns, so that the first few show each of them; of a kind first those with a critique. */
const byTurns = (samples: readonly Sample[]): Sample[] => {
  const kinds = Object.keys(KINDS).map(kind => {
    const some = samples.filter(sample => sample.kind === kind);
    return [...some.filter(({ critique }) => critique), ...some.filter(({ critique }) => !critique)];
  });
  return Array.from({ length: Math.max(...kinds.map(some => some.length)) }, (_, i) =>
    kinds.flatMap(some => some[i] ?? []),
  ).flat();
};

const distinct = (values: readonly (string | undefined)[]) =>
  [...new Set(values.filter(value => value !== undefined))].sort();

export const samplesSection = ({ samples, stages }: Report): Html | undefined => {
  if (!samples?.length) return undefined;
  const same = (values: readonly string[]) => values.map(value => [value, value] as const);
  const kinds = distinct(samples.map(sample => sample.kind)) as Sample['kind'][];
  const seen = { harmful: 0, helpful: 0, borderline: 0 };
  return html`<section id="samples" aria-labelledby="samples-title">
<h2 id="samples-title">Samples, side by side</h2>
<p>The same prompts, answered at every stage. Texts of harmful requests are folded.</p>
<form class="filters" hidden role="search" aria-label="Samples">
<label for="find">Search <input id="find" type="search" autocomplete="off" spellcheck="false"></label>
${select(
  'kind',
  'Kind',
  kinds.map(kind => [kind, KINDS[kind]] as const),
)}${select('principle', 'Principle', same(distinct(samples.map(sample => sample.principle))))}${select(
  'flag',
  'Flag',
  same(distinct(samples.flatMap(sample => sample.flags ?? []))),
)}
<button type="button" id="unfold" aria-pressed="false">Unfold all</button>
<output id="shown">${integer(samples.length)} of ${integer(samples.length)} shown</output>
</form>
<div id="sample-list">${byTurns(samples).map(sample => sampleArticle(sample, ++seen[sample.kind], stages))}</div></section>`;
};
