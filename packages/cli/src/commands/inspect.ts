import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '@charter/core/node';
import type { Row } from '@charter/datasets';
import { loadTokenizer } from '@charter/tokenizer';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { type CommandContext, defineCommand } from '../command-line/command.js';
import { dataOptions, rowsOf } from '../data/data-options.js';
import { inspectPage } from '../inspect/inspect-page.js';
import { inspectPairs } from '../inspect/inspect-pairs.js';
import { inspectTexts, textOptions } from '../inspect/inspect-texts.js';
import { fetchModel, modelOptions } from '../models/open-model.js';
import { templateFrom, templateOptions } from '../models/template-options.js';

/** A page of more rows is slow to open. */
const PAGE_ROWS = 100;

const optionsSchema = z.object({
  model: modelOptions.model,
  ...templateOptions,
  ...dataOptions,
  as: z
    .enum(['sft', 'dpo'])
    .optional()
    .describe('tokenize as for sft or dpo; default: dpo when the first row is a preference pair'),
  row: z.number().int().min(1).default(1).describe('row to show, counted from 1'),
  html: z.string().optional().describe(`also write an HTML page with up to ${PAGE_ROWS} rows from --row on`),
  ids: z.boolean().default(false).describe('show the id of each token'),
  ...textOptions,
});

export const inspect = defineCommand({
  description:
    'Shows the tokens of a row as `charter sft` or `charter dpo` sees them: trained tokens are green, tokens beyond ' +
    '--max-length struck through, special ones bold; without colours trained tokens are in [brackets] and truncated ones ' +
    'in {braces}. The answers of a pair are shown in two columns. Totals over all rows come last.',
  example: `charter inspect --model smollm2-135m-instruct --data sft.jsonl --row 3
charter inspect --model smollm2-135m-instruct --data pairs.jsonl --html pairs.html`,
  options: optionsSchema,
  async run(options, context) {
    const { terminal } = context;
    const tokenizer = await loadTokenizer(
      await fetchModel(options.model, context),
      await templateFrom(options),
    );
    const method = options.as ?? ((await firstRow(options, context)).kind === 'preference' ? 'dpo' : 'sft');
    const inspected = await (method === 'dpo' ? inspectPairs : inspectTexts)(options, tokenizer, context);
    if (options.row > inspected.rows) {
      throw new CliError(`--row ${options.row}: there are only ${inspected.rows} rows.`);
    }
    const show = {
      colours: process.stdout.hasColors?.() ?? false,
      ids: options.ids,
      width: process.stdout.columns ?? 100,
    };
    terminal.print(inspected.text(options.row - 1, show));
    terminal.print(`All rows: ${inspected.summary}.`);
    for (const remark of tokenizer.remarks ?? []) terminal.print(`Tokenizer: ${remark}`);
    if (options.html === undefined) return;
    const count = Math.min(PAGE_ROWS, inspected.rows - options.row + 1);
    const page = inspectPage({
      title: `${options.data.join(', ')} as ${method} of ${options.model}`,
      totals: inspected.totals,
      rows: Array.from({ length: count }, (_, i) => inspected.row(options.row - 1 + i)),
    });
    await mkdir(dirname(options.html), { recursive: true });
    await writeFileAtomically(options.html, page);
    terminal.note(`Rows ${options.row} to ${options.row + count - 1} written to ${options.html}.`);
  },
});

const firstRow = async (options: z.output<typeof optionsSchema>, context: CommandContext): Promise<Row> => {
  for await (const row of rowsOf({ ...options, limit: 1 }, context)) return row;
  throw new CliError(`There are no rows in ${options.data.join(', ')}.`);
};
