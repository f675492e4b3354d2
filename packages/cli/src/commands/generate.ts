import { createJsonlFile } from '@charter/core/node';
import { samplingOptionsSchema } from '@charter/generate';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { fieldsFrom, flagsFrom } from '../command-line/flags-from.js';
import { formatSeconds } from '../command-line/terminal.js';
import { dataOptions, readAll } from '../data/data-options.js';
import { languageModelOptions, withLanguageModel } from '../models/language-model.js';

const { shape } = samplingOptionsSchema;

export const generate = defineCommand({
  description:
    'Writes {"text", "ids", "finish_reason"} for each row, in the order of the rows, and with --top-logprobs ' +
    '"logprobs". A prompt of messages goes through ' +
    'the chat template; a prompt that is a string, or {"text": …}, is continued as it stands.',
  example: `charter generate --model smollm2-135m-instruct --data prompts.jsonl --out answers.jsonl --temperature 0
# prompts.jsonl: {"prompt": [{"role": "user", "content": "What is rain?"}]}`,
  options: z.object({
    ...languageModelOptions,
    ...dataOptions,
    out: z.string().describe('output JSONL file'),
    ...flagsFrom(shape, {}),
  }),
  async run(options, context) {
    const { signal, terminal } = context;
    const rows = await readAll('prompt', options, context);
    const sampling = fieldsFrom(options, shape, {});
    await withLanguageModel(options, context, async model => {
      const line = terminal.progress('generate', rows.length);
      const begin = performance.now();
      let done = 0;
      let tokens = 0;
      const answers = rows.map(async ({ prompt }, i) => {
        // Each row has a seed of its own, so that equal prompts get different samples.
        const seed = sampling.seed === undefined ? undefined : sampling.seed + i;
        const completion = await model.generate({ ...sampling, prompt, seed, signal });
        tokens += completion.usage.completion_tokens;
        const seconds = (performance.now() - begin) / 1000;
        line.update(++done, `${(tokens / seconds).toFixed(0)} tokens/s`);
        return completion;
      });
      const out = await createJsonlFile(options.out);
      // A failure must not leave the others unhandled while the first is awaited.
      for (const { text, ids, finish_reason, logprobs } of await Promise.all(answers)) {
        await out.write({ text, ids, finish_reason, logprobs });
      }
      await out.close();
      line.stop();
      terminal.note(
        `${rows.length} texts, ${tokens} tokens in ${formatSeconds((performance.now() - begin) / 1000)}: ${options.out}`,
      );
    });
  },
});
