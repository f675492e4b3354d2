import { headline } from './headline.js';
import { evidence, metricFormat } from './number-format.js';
import { parseReport, type ReportData } from './report-data.js';
import { stageLabel } from './stage-label.js';

/**
 * The head of the report as an aligned table in plain text: the first four measures and every one that got clearly
 * worse, before and after, each with its interval and number of cases.
 *
 * @returns '' where nothing was measured twice
 * @throws {ReportError} when the data does not fit
 */
export const renderTable = (data: ReportData): string => {
  const changes = headline(parseReport(data));
  if (changes.length === 0) return '';
  const cell = (format: ReturnType<typeof metricFormat>, estimate: Parameters<typeof evidence>[1]) =>
    `${format.value(estimate.value)} (${evidence(format, estimate)})`;
  const names = new Set(changes.map(({ to }) => stageLabel(to.stage)));
  const rows = [
    ['', 'before', names.size === 1 ? [...names].join().replace(/^A/, 'a') : 'after', ''],
    ...changes.map(({ metric, from, to, words }) => {
      const format = metricFormat(metric);
      return [metric.label, cell(format, from.estimate), cell(format, to.estimate), words];
    }),
  ];
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]!.length)));
  return rows
    .map(row =>
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()
        .replaceAll('\u00a0', ' '),
    )
    .join('\n');
};
