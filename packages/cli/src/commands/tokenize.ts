import { createJsonlFile } from '@charter/core/node';
import { loadTokenizer } from '@charter/tokenizer';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { dataOptions, rowsOf } from '../data/data-options.js';
import { rowTokens } from '../data/row-tokens.js';
import { fetchModel, modelOptions } from '../models/open-model.js';
import { templateFrom, templateOptions } from '../models/template-options.js';

export const tokenize = defineCommand({
  description: 'Writes {"ids": […]} for each row. Conversations are written by the model\'s chat template.',
  example: `charter tokenize --model smollm2-135m-instruct --data rows.jsonl --out ids.jsonl
# rows.jsonl: {"messages": [{"role": "user", "content": "Hello"}]}   →   {"ids": [1, 4093, …]}`,
  options: z.object({
    model: modelOptions.model,
    ...templateOptions,
    ...dataOptions,
    out: z.string().describe('output JSONL file'),
    'generation-prompt': z
      .boolean()
      .default(false)
      .describe('add_generation_prompt: open the assistant turn after each conversation'),
  }),
  output: 'file',
  async run(options, context) {
    const tokenizer = await loadTokenizer(
      await fetchModel(options.model, context),
      await templateFrom(options),
    );
    const out = await createJsonlFile(options.out);
    for await (const row of rowsOf(options, context)) {
      const ids = rowTokens(row, tokenizer, { add_generation_prompt: options['generation-prompt'] });
      await out.write({ ids });
    }
    await out.close();
  },
});
