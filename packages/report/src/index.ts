export { renderMarkdown } from './render-markdown.js';
export { renderReport } from './render-report.js';
export { renderTable } from './render-table.js';
export { type ReportData, reportSchema } from './report-data.js';
export { ReportError } from './report-error.js';
