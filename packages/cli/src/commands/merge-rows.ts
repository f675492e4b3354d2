import { mergeRows } from '@charter/critique';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';

export const mergeRowsCommand = defineCommand({
  description:
    'A row is identified by its key (models with their adapters, prompt, principles, seed, settings); a key that several ' +
    'files have is written once. Rows that --out holds already stay.',
  example: `charter critique --model llama --prompts p.jsonl --shard 1/2 --out a/rows.jsonl &
charter critique --model llama --prompts p.jsonl --shard 2/2 --out b/rows.jsonl; wait
charter merge-rows --rows a/rows.jsonl b/rows.jsonl --out rows.jsonl`,
  options: z.object({
    rows: z.array(z.string()).min(1).describe('JSONL files of `charter critique` or `charter label`'),
    out: z.string().describe('JSONL file to add the rows to'),
  }),
  output: 'file',
  async run({ rows, out }, { terminal }) {
    const { added, duplicates } = await mergeRows(rows, out);
    terminal.note(`${added} rows added, ${duplicates} duplicates skipped.`);
    terminal.print(out);
  },
});
