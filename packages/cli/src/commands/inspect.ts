import { sftOptionsSchema, tokenizeSft, tokenizeSftRow } from '@charter/sft';
import { loadTokenizer } from '@charter/tokenizer';
import { z } from 'zod';
import { CliError } from '../cli-error.js';
import { defineCommand } from '../command.js';
import { dataOptions, readAll } from '../data-options.js';
import { fetchModel, modelOptions } from '../open-model.js';
import { describeSftData } from '../sft-data.js';
import { showTokens } from '../show-tokens.js';

const { max_length, completion_only_loss, assistant_only_loss } = sftOptionsSchema.shape;

export const inspect = defineCommand({
  description:
    'Shows what `charter sft` would learn of a row: trained tokens are marked, tokens that max-length cuts off are struck ' +
    'through. Without colours [brackets] stand round what is trained. Totals over all rows come last.',
  example: 'charter inspect --model smollm2-135m-instruct --data sft.jsonl --row 3',
  options: z.object({
    model: modelOptions.model,
    ...dataOptions,
    row: z.number().int().min(1).default(1).describe('number of the row to show, from 1'),
    ids: z.boolean().default(false).describe('write the id behind each token'),
    'max-length': max_length,
    'completion-only-loss': completion_only_loss,
    'assistant-only-loss': assistant_only_loss,
  }),
  async run(options, context) {
    const { terminal } = context;
    const tokenizer = await loadTokenizer(await fetchModel(options.model, context));
    const rows = await readAll('sft', options, context);
    const row = rows[options.row - 1];
    if (!row) throw new CliError(`--row ${options.row}: there are only ${rows.length} rows.`);
    const settings = {
      max_length: options['max-length'],
      completion_only_loss: options['completion-only-loss'],
      assistant_only_loss: options['assistant-only-loss'],
    };
    const { ids, labelled } = tokenizeSftRow(row, tokenizer, settings);
    const colours = process.stdout.hasColors?.() ?? false;
    terminal.print(
      showTokens({ ids, labelled, tokenizer, maxLength: settings.max_length }, { colours, ids: options.ids }),
    );
    const kept = labelled.slice(1, settings.max_length).filter(Boolean).length;
    const last = labelled.slice(0, settings.max_length).lastIndexOf(true);
    const end = ids.findLastIndex(id => tokenizer.eosTokenIds.includes(id));
    terminal.print(
      `\nRow ${options.row}: ${ids.length} tokens, ${kept} of them trained; the end token is ${
        end >= 0 && end <= last ? 'trained' : 'NOT trained: the model would not learn to stop'
      }.`,
    );
    const { counts } = tokenizeSft(rows, tokenizer, settings);
    terminal.print(`All rows: ${describeSftData(counts)}.`);
  },
});
