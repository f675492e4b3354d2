import { changeOf, headline, summary } from './headline.js';
import {
  duration,
  evidence,
  integer,
  metricFormat,
  type NumberFormat,
  numberFormat,
  percent,
  SMALL_SAMPLE,
} from './number-format.js';
import { type Conditions, type Estimate, parseReport, type Report, type ReportData } from './report-data.js';
import { stageLabel } from './stage-label.js';

/** Text of any origin on one line of Markdown: nothing in it is markup, and it stays in its table cell. */
const plain = (text: string) => text.replace(/[\\`*_[\]<>|#~!&]/g, '\\$&').replace(/\s+/g, ' ');

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

const table = (columns: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(columns), row(columns.map(() => '---')), ...rows.map(row)].join('\n');

const metricsTable = ({ metrics, stages, confidence }: Report) => {
  if (!metrics?.length) return [];
  const rows = metrics.map(metric => {
    const format = metricFormat(metric);
    const change = changeOf(metric, stages);
    return [
      plain(metric.label),
      ...stages.map(stage => {
        const estimate = metric.values[stage];
        if (!estimate) return 'not measured';
        const few = estimate.n < SMALL_SAMPLE ? '; few cases' : '';
        return `${plain(format.value(estimate.value))} (${plain(evidence(format, estimate))}${few})`;
      }),
      change
        ? `${change.words}${change.verdict === 'better' || change.verdict === 'worse' ? ` (${change.verdict})` : ''}`
        : '',
    ];
  });
  return [
    '### Before and after',
    table(['Measure', ...stages.map(stage => plain(stageLabel(stage))), 'Change'], rows),
    `Intervals are at ${Math.round(confidence * 1000) / 10} %; n is the number of cases.`,
  ];
};

const cell = (format: NumberFormat, estimate: Estimate | undefined) =>
  estimate ? `${plain(format.value(estimate.value))} (${plain(evidence(format, estimate))})` : '';

const frontierLines = ({ frontier }: Report) => {
  if (!frontier?.points.length) return [];
  const { x, y, points, chosenIs, note } = frontier;
  const formatOf = (axis: 'x' | 'y') =>
    numberFormat(
      frontier[axis].unit,
      points.map(point => point[axis]),
    );
  return [
    '### Harmless against helpful',
    ...(note ? [plain(note)] : []),
    table(
      ['Setting', y.label, x.label].map(plain),
      points.map(point => [
        `${plain(point.label)}${point.chosen ? ` (**${plain(chosenIs)}**)` : ''}`,
        cell(formatOf('y'), point.y),
        cell(formatOf('x'), point.x),
      ]),
    ),
  ];
};

const conditionsLines = (
  title: string,
  entries: readonly Conditions[] | undefined,
  stages: readonly string[],
) => {
  const shown = entries?.filter(({ conditions }) => conditions.length) ?? [];
  if (!shown.length) return [];
  return [
    `### ${title}`,
    ...shown.map(({ metric, conditions }) => {
      const used = stages.filter(stage => conditions.some(({ values }) => values[stage]));
      const format = numberFormat(
        metric.unit,
        conditions.flatMap(({ values }) => Object.values(values)),
      );
      return table(
        [plain(metric.label), ...used.map(stage => plain(stageLabel(stage)))],
        conditions.map(({ label, values }) => [
          plain(label),
          ...used.map(stage => cell(format, values[stage])),
        ]),
      );
    }),
  ];
};

const critiqueLines = ({ critique }: Report) => {
  if (!critique) return [];
  const total = critique.accepted + critique.rejected;
  const kept = total ? ` (${percent(critique.accepted / total)})` : '';
  return [
    '### Training data',
    `${integer(critique.accepted)} of ${integer(total)} revised answers${kept} passed every check and went into training.`,
    ...(critique.gates.length
      ? [
          table(
            ['Check', 'Rows kept out'],
            critique.gates.map(gate => [plain(gate.gate), integer(gate.count)]),
          ),
        ]
      : []),
  ];
};

const runLines = ({ run }: Report) => {
  if (!run) return [];
  const seconds = Object.values(run.seconds ?? {}).reduce((a, b) => a + b, 0);
  const facts = [
    ['Recipe', run.recipe],
    ['Base model', run.model],
    ['Machine', run.machine],
    ['Finished', run.finished],
    ['Time', seconds ? duration(seconds) : undefined],
  ].flatMap(([name, value]) => (value ? [`- ${name}: ${plain(value)}`] : []));
  const settings = Object.entries(run.settings ?? {}).map(
    ([stage, entries]) =>
      `- ${plain(stage)}: ${Object.entries(entries)
        .map(([key, value]) => `${plain(key)} ${plain(String(value))}`)
        .join(', ')}`,
  );
  return [
    ...(facts.length ? ['### How it was made', facts.join('\n')] : []),
    ...(settings.length ? ['### Settings', settings.join('\n')] : []),
  ];
};

/**
 * The same run as a section of a model card: a headline, the table of measures, what the training data went through,
 * settings. Samples are left out: a model card is no place to unfold harmful text.
 *
 * @throws {ReportError} when the data does not fit `reportSchema`, naming each place
 */
export const renderMarkdown = (data: ReportData): string => {
  const report = parseReport(data);
  const overall = summary(report);
  const sentences = headline(report).map(
    ({ metric, format, from, to, words }) =>
      `- **${plain(metric.label)}: ${plain(format.value(from.estimate.value))} → ${plain(format.value(to.estimate.value))}** (${plain(evidence(format, from.estimate))} → ${plain(evidence(format, to.estimate))}): ${words}`,
  );
  return `${[
    `## ${plain(report.title)}`,
    ...(report.description ? [plain(report.description)] : []),
    ...(report.note ? [`> ${plain(report.note)}`] : []),
    ...(overall ? [plain(overall)] : []),
    ...(sentences.length ? [sentences.join('\n')] : []),
    ...metricsTable(report),
    ...frontierLines(report),
    ...conditionsLines('Asked in other ways', report.sensitivity, report.stages),
    ...conditionsLines('What remains', report.robustness, report.stages),
    ...critiqueLines(report),
    ...runLines(report),
  ].join('\n\n')}\n`;
};
