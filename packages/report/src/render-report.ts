import { createHash } from 'node:crypto';
import { filterScript } from './filter-script.js';
import { type Html, html, trusted } from './html.js';
import { liveScript } from './live-script.js';
import { parseReport, type Report, type ReportData } from './report-data.js';
import { judgesSection, robustnessSection, sensitivitySection } from './sections/conditions.js';
import { critiqueSection } from './sections/critique.js';
import { curvesSection } from './sections/curves.js';
import { frontierSection } from './sections/frontier.js';
import { metricsSection } from './sections/metrics.js';
import { opening } from './sections/opening.js';
import { runSection } from './sections/run.js';
import { samplesSection } from './sections/samples.js';
import { style } from './style.js';

const SECTIONS = [
  { id: 'frontier', title: 'Frontier', render: frontierSection },
  { id: 'measures', title: 'Before and after', render: metricsSection },
  { id: 'sensitivity', title: 'Other phrasings', render: sensitivitySection },
  { id: 'robustness', title: 'What remains', render: robustnessSection },
  { id: 'judges', title: 'Judges', render: judgesSection },
  { id: 'critique', title: 'Critiques', render: critiqueSection },
  { id: 'training', title: 'Training', render: curvesSection },
  { id: 'samples', title: 'Samples', render: samplesSection },
  { id: 'run', title: 'How it was made', render: runSection },
] as const;

export interface RenderOptions {
  /** A page that `charter run --watch` serves: it shows the progress and updates itself. */
  live?: boolean | undefined;
}

const liveStrip = html`<div class="live"><span class="live-stage" role="status">Running. This page updates itself.</span>
<progress class="live-bar" aria-label="Progress of this stage" hidden></progress> <span class="live-numbers"></span></div>`;

const page = (report: Report, { live = false }: RenderOptions): Html => {
  const sections = SECTIONS.map(section => ({ ...section, content: section.render(report) })).filter(
    ({ content }) => content !== undefined,
  );
  const script = [
    // First: it notes the page as it came, before the filters are shown.
    live ? liveScript : '',
    live || sections.some(({ id }) => id === 'samples') ? filterScript : '',
  ].join('');
  // Texts on this page were written by models: should one ever get past the escaping, it may neither run nor load.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${
    script ? `'sha256-${createHash('sha256').update(script).digest('base64')}'` : "'none'"
  }; img-src data:; ${live ? "connect-src 'self'; " : ''}base-uri 'none'; form-action 'none'`;

  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${report.title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<div class="page">
<a class="skip" href="#content">Skip to the content</a>
<header>
${live ? liveStrip : ''}<div data-part="opening">${opening(report)}</div>
${
  sections.length > 1 || live
    ? html`<nav aria-label="Sections" data-part="nav"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`
    : ''
}
</header>
<main id="content">${
    sections.length
      ? sections.map(({ content }) => content)
      : html`<section id="empty" aria-label="Empty"><p>The run has not measured anything yet.</p></section>`
  }</main>
<footer><p class="note">Made by Charter. The numbers are in report.json beside this page.</p></footer>
</div>
${script ? html`<script>${trusted(script)}</script>` : ''}
</body>
</html>
`;
};

/**
 * One HTML page that shows a run: headline, before and after with intervals, curves, principles, samples side by
 * side. The file loads nothing; every section whose data is missing is left out.
 *
 * @param options.live for a page that a run is serving: what it needs beside itself is a stream of server-sent events
 *   at `events`: `progress` with `{ label, done, total, fields? }`, `report` with a newer page, `end` with a last word,
 *   each as JSON
 * @throws {ReportError} when the data does not fit `reportSchema`, naming each place
 */
export const renderReport = (data: ReportData, options: RenderOptions = {}): string =>
  page(parseReport(data), options).toString();
