/** The page's style sheet. Colours of series are Okabe and Ito's, darkened or lightened to 3:1 on either paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfcf9; --raised: #f5f3ed; --ink: #1d1d1b; --soft: #5b5a55; --line: #dad6cb; --accent: #1f5f8b;
  --better: #0b5c8a; --worse: #a33c00;
  --series-0: #6b6f76; --series-1: #0072b2; --series-2: #c84f00; --series-3: #00805c; --series-4: #a8457d; --series-5: #7a6a00;
  --serif: Charter, 'Bitstream Charter', 'Iowan Old Style', 'Source Serif 4', Cambria, Georgia, serif;
  --sans: system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --raised: #1e2125; --ink: #e9e7e1; --soft: #a9a79f; --line: #363a40; --accent: #8cc4ea;
    --better: #86c8f2; --worse: #ffab70;
    --series-0: #a9afb8; --series-1: #56b4e9; --series-2: #f0954a; --series-3: #35c39a; --series-4: #e08fbf; --series-5: #d8c84a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 var(--serif); overflow-wrap: anywhere; }
.page { max-width: 70rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 2.5rem) 1.25rem 4rem; }
h1, h2, h3, h4 { line-height: 1.2; text-wrap: balance; font-weight: 600; }
h1 { font-size: clamp(1.6rem, 1.1rem + 2vw, 2.3rem); margin: .25rem 0 0; letter-spacing: -.01em; }
h2 { font-size: 1.5rem; margin: 0 0 .5rem; }
h3 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
p { margin: 0 0 1rem; max-width: 42rem; }
a { color: var(--accent); text-underline-offset: .15em; }
main > section { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 2rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .25rem .5rem; }
.summary { font-size: clamp(1.1rem, 1rem + .5vw, 1.3rem); line-height: 1.45; margin: 1rem 0 0; max-width: 50rem; text-wrap: pretty; }
.eyebrow, .note, .evidence, .few, .verdict, .tag, .outcome, nav, table, .legend, .example summary, figcaption > span, dt, .filters, .basis { font-family: var(--sans); }
.eyebrow { color: var(--soft); font-size: .875rem; margin: 0; }
.note { color: var(--soft); font-size: .875rem; }
.banner { font-family: var(--sans); font-size: .9rem; background: var(--raised); border-left: 4px solid var(--series-2); padding: .6rem .9rem; margin: 1.25rem 0 0; max-width: none; }

.live { font-family: var(--sans); font-size: .875rem; display: flex; flex-wrap: wrap; gap: .25rem .9rem; align-items: center; border: 1px solid var(--line); border-left: 4px solid var(--series-3); border-radius: .35rem; padding: .5rem .9rem; margin-bottom: 1.25rem; }
.live-stage { font-weight: 600; }
.live-bar { flex: 1 1 8rem; max-width: 20rem; height: .5rem; accent-color: var(--series-3); }
.live-bar[hidden] { display: none; }
.live-numbers { color: var(--soft); font-variant-numeric: tabular-nums; }
.live.ended { border-left-color: var(--soft); }
.about { color: var(--soft); margin: .5rem 0 0; }
.headline { list-style: none; margin: 1.5rem 0 0; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(10.5rem, 100%), 1fr)); }
.card { display: grid; grid-template-rows: subgrid; grid-row: span 7; row-gap: .15rem; align-content: start; background: var(--raised); border-top: 4px solid var(--soft); border-radius: .35rem; padding: .8rem 1rem .9rem; min-width: 0; }
.card.better { border-top-color: var(--better); }
.card.worse { border-top-color: var(--worse); }
.card .what { font-size: 1rem; line-height: 1.3; }
.card .move { font-size: clamp(1.2rem, .9rem + 1.1vw, 1.75rem); line-height: 1.3; font-variant-numeric: lining-nums tabular-nums; letter-spacing: -.02em; align-self: end; }
@media (min-width: 60rem) { .headline:has(> :nth-child(5)) .move { font-size: 1.4rem; } }
.card .was, .card .now { white-space: nowrap; }
.card .was { color: var(--soft); }
.card .now { font-weight: 700; }
.card .arrow { color: var(--soft); font-family: var(--sans); font-weight: 300; }
.card .plot { --plot-background: var(--raised); }
.strip { margin: .35rem 0 .1rem; }
.strip svg.plot { max-width: 15rem; }
.price { margin: 1.25rem 0 0; display: grid; gap: .9rem 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); font-size: .95rem; line-height: 1.45; }
.price dd, .price ul { margin: 0; padding: 0; list-style: none; }
.example { margin-top: 1rem; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
.example[open] { padding-bottom: 1.25rem; }
.example .part-title { font: 600 .8125rem/1.4 var(--sans); color: var(--soft); margin: 0 0 .25rem; }
.agreements { list-style: none; margin: 1rem 0 0; padding: 0; display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); }
.agreements .value { font-size: 1.3rem; }
.agreements .what { display: block; }
.evidence, .few { display: block; color: var(--soft); font-size: .8125rem; line-height: 1.4; }
.few { color: var(--worse); }
.verdict { display: inline-block; font-size: .875rem; font-weight: 600; color: var(--soft); }
.verdict.better { color: var(--better); }
.verdict.worse { color: var(--worse); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1.75rem 0 0; padding: 0; font-size: .9rem; }

table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0; }
thead th { color: var(--soft); font-weight: 600; }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 500; }
.scroll { overflow-x: auto; max-height: 24rem; overflow-y: auto; }
.scroll table { overflow-wrap: break-word; }
.scroll td { min-width: 5rem; }
.measures { width: 100%; margin-top: 1rem; table-layout: fixed; }
.measures td, .measures th { padding-top: .9rem; padding-bottom: .9rem; }
.measures thead th { padding-top: 0; padding-bottom: .4rem; }
.measures thead th:first-child { width: 33%; }
.measures thead th:last-child { width: 23%; }
.measures tbody th { padding-right: 1.75rem; }
.measures .label { display: block; font: 600 1.0625rem/1.3 var(--serif); }
.measures .value { display: block; font-size: 1.3rem; line-height: 1.3; }
.measures .verdict { margin-top: .5rem; }
.measures .stage { display: none; }
.measures .plot-cell { padding-right: 0; }
svg.plot { display: block; height: auto; width: 100%; max-width: 460px; font-family: var(--sans); overflow: visible; }
.plot text { white-space: pre; }
.plot { --plot-background: var(--paper); }
@media (max-width: 60rem) {
  .measures, .measures tbody { display: block; }
  .measures thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .measures tr { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.25rem, 1fr)); gap: .75rem 1rem; padding: 1.25rem 0; }
  .measures th, .measures td { padding: 0; }
  .measures thead th, .measures tbody th { padding: 0; }
  .measures tbody th, .measures .plot-cell { grid-column: 1 / -1; }
  .measures .stage { display: block; color: var(--soft); font-size: .8125rem; font-weight: 600; }
  .measures td .evidence { white-space: normal; }
}

.figures { display: grid; gap: 2rem 2.25rem; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); margin-top: 1.25rem; }
.figures.wide { grid-template-columns: minmax(0, 42rem); }
.figures.wide svg.plot { max-width: 42rem; }
figure { margin: 0; display: grid; grid-template-rows: subgrid; grid-row: span 3; row-gap: .5rem; min-width: 0; align-items: start; }
figcaption strong { display: block; font-size: 1rem; }
figcaption > span { display: block; color: var(--soft); font-size: .8125rem; line-height: 1.4; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .15rem 1rem; margin: .35rem 0 0; padding: 0; font-size: .8125rem; }
.legend svg { margin-right: .4rem; vertical-align: middle; }
summary { cursor: pointer; font-family: var(--sans); font-size: .875rem; padding: .35rem 0; }
.numbers summary { color: var(--soft); font-size: .8125rem; }
.fold { border-top: 1px solid var(--line); }
.fold:first-of-type { margin-top: 1.5rem; }
.fold summary { font-weight: 500; }
.fold .scroll { padding-bottom: 1rem; }
code { font: .9em ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', monospace; }
.examples { margin: 0 0 1rem; padding-left: 1.25rem; display: grid; gap: 1rem; max-width: 42rem; }
.text { white-space: pre-wrap; margin: 0; }
.parts { margin: 0; display: grid; gap: .1rem; font-size: .95rem; }
dt { color: var(--soft); font-size: .8125rem; font-weight: 600; }
dd { margin: 0 0 .5rem; }
.facts { display: grid; gap: .75rem 2rem; grid-template-columns: repeat(auto-fill, minmax(min(12rem, 100%), 1fr)); margin: 1rem 0; }
.facts dd { margin: 0; }

.filters { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: end; margin: 1.25rem 0; font-size: .875rem; }
.filters[hidden] { display: none; }
.filters label { display: grid; gap: .2rem; color: var(--soft); min-width: 0; }
.filters input, .filters select, .filters button { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); border-radius: .3rem; padding: .45rem .6rem; max-width: 16rem; min-height: 2.5rem; }
.filters button { cursor: pointer; }
.filters output { color: var(--soft); padding: .6rem 0; }
.sample { border-top: 1px solid var(--line); padding: 1.25rem 0; }
.sample header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .6rem; margin-bottom: .5rem; }
.sample h3 { margin: 0; font-size: 1rem; }
.tag { font-size: .75rem; border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .6rem; color: var(--soft); }
.tag.flag { border-color: var(--worse); color: var(--worse); }
.folded summary { font-size: .9rem; }
.folded .note { margin-left: .5rem; }
.prompt { margin: .35rem 0 1rem; font-size: 1.0625rem; font-style: italic; max-width: 42rem; }
.prompt::before { content: '“'; } .prompt::after { content: '”'; }
.parts-row { display: grid; gap: 1rem 1.75rem; grid-template-columns: repeat(auto-fit, minmax(min(11.25rem, 100%), 1fr)); }
.part h4 { font: 600 .8125rem/1.4 var(--sans); margin: 0 0 .25rem; color: var(--soft); }
.part { border-top: 2px solid var(--line); padding-top: .45rem; font-size: .95rem; }
.part.stage-0 { border-top-color: var(--series-0); } .part.stage-1 { border-top-color: var(--series-1); } .part.stage-2 { border-top-color: var(--series-2); }
.part.stage-3 { border-top-color: var(--series-3); } .part.stage-4 { border-top-color: var(--series-4); } .part.stage-5 { border-top-color: var(--series-5); }
.part.between .text { color: var(--soft); }
.outcome { font-weight: 400; }
.outcome::before { content: '· '; }
.sample.harmful { padding: .75rem 0; }
.sample.harmful header { margin-bottom: 0; }
.sample[hidden] { display: none; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }

@media (max-width: 30rem) {
  .headline { grid-template-columns: 1fr 1fr; gap: .6rem; }
  .card { padding: .6rem .7rem .7rem; }
  .card:last-child:nth-child(odd) { grid-column: 1 / -1; }
  .card .what { font-size: .9rem; }
  .card .evidence, .card .few, .card .verdict { font-size: .75rem; }
  .summary { font-size: 1.05rem; }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --raised: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #000; --better: #0b5c8a; --worse: #a33c00;
    --series-0: #6b6f76; --series-1: #0072b2; --series-2: #c84f00; --series-3: #00805c; --series-4: #a8457d; --series-5: #7a6a00;
  }
  body { font-size: 10pt; }
  .page { max-width: none; padding: 0; }
  nav, .live, .filters, .skip, .numbers { display: none; }
  main > section { margin-top: 1.5rem; padding-top: 1rem; }
  h2, h3, h4, figcaption, .sample header { break-after: avoid; }
  figure, .part, .card, .measures tr { break-inside: avoid; }
  .card { border: 1px solid var(--line); border-top: 4px solid var(--soft); }
  .headline { grid-template-columns: repeat(4, 1fr); gap: .5rem; }
  .card { padding: .5rem; }
  .card .move { font-size: 14pt; }
  .figures { grid-template-columns: repeat(2, 1fr); }
  .scroll { max-height: none; overflow: visible; }
}
`;
