import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@charter/core/node';
import { type ReportData, renderMarkdown, renderReport } from '@charter/report';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';
import { readJson } from '../command-line/run-record.js';

export const report = defineCommand({
  description: 'Renders the report.json of a run as one HTML page, and as a section for a model card.',
  example: 'charter report runs/quickstart --out report.html --markdown report.md',
  options: z.object({
    from: z.string().describe('folder of a run, or a report.json'),
    out: z.string().optional().describe('HTML file; default: report.html beside report.json'),
    markdown: z.string().optional().describe('also write a Markdown file'),
  }),
  positional: 'from',
  async run({ from, out, markdown }, { terminal }) {
    const isFolder = (await stat(from).catch(() => undefined))?.isDirectory();
    const file = isFolder ? join(from, 'report.json') : from;
    const data = (await readJson(file).catch(cause => {
      throw new CliError(
        `${file} cannot be read (${(cause as Error).message}). \`charter run\` writes it when its stages are done.`,
      );
    })) as ReportData;
    const html = out ?? file.replace(/(\.json)?$/, '.html');
    await writeFileAtomically(html, renderReport(data));
    if (markdown) await writeFileAtomically(markdown, renderMarkdown(data));
    terminal.print(html);
  },
});
