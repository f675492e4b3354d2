import { createJsonlFile } from '@charter/core/node';
import { localModel } from '@charter/generate';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';
import { dataOptions, rowsOf } from '../data/data-options.js';
import { rowTokens } from '../data/row-tokens.js';
import { withAdapterTokenizer } from '../models/adapter-tokenizer.js';
import {
  adaptedModelOptions,
  matmulPrecision,
  openAdapter,
  pullModel,
  withRuntime,
} from '../models/open-model.js';
import { templateFrom, templateOptions } from '../models/template-options.js';

export const score = defineCommand({
  description:
    'Writes {"n", "logprobs"} for each row: the number of its tokens, and the natural logarithm of the probability of ' +
    'each token after the first, given those before it. Rows are tokenized as `charter tokenize` does.',
  example: `charter score --model smollm2-135m-instruct --adapter runs/sft --data rows.jsonl --out scores.jsonl
# rows.jsonl: {"text": "The sky is blue."}   →   {"n": 5, "logprobs": [-2.41, …]}`,
  options: z.object({
    ...adaptedModelOptions,
    ...templateOptions,
    'matmul-precision': matmulPrecision,
    ...dataOptions,
    out: z.string().describe('output JSONL file'),
  }),
  output: 'file',
  async run(options, context) {
    const template = await templateFrom(options);
    const pulled = await pullModel(options.model, context, template);
    const opened = options.adapter
      ? await withAdapterTokenizer(pulled, options.adapter, context, template)
      : pulled;
    const adapter = options.adapter ? await openAdapter(options.adapter, opened) : undefined;
    await withRuntime(options, async runtime => {
      const model = localModel({
        model: opened,
        runtime,
        adapter,
        matmul_precision: options['matmul-precision'],
      });
      const out = await createJsonlFile(options.out);
      for await (const row of rowsOf(options, context)) {
        context.signal.throwIfAborted();
        const ids = rowTokens(row, opened.tokenizer, { add_generation_prompt: false });
        const logprobs = await model.scoreIds(ids);
        if (logprobs.some(Number.isNaN)) {
          throw new CliError(
            `${row.source.file}, row ${row.source.row}: its log-probabilities are NaN. The weights of ${options.model}` +
              `${options.adapter ? ` or of ${options.adapter}` : ''} hold NaN or overflow; the rows before it are in ${options.out}.partial.`,
          );
        }
        await out.write({ n: ids.length, logprobs });
      }
      await out.close();
      await model.dispose();
    });
  },
});
