import { setMaxListeners } from 'node:events';
import { createJsonlFile } from '@charter/core/node';
import { samplingOptionsSchema } from '@charter/generate';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { fieldsFrom, flagsFrom, withoutDefaults } from '../command-line/flags-from.js';
import { formatSeconds } from '../command-line/terminal.js';
import { dataOptions, readAll } from '../data/data-options.js';
import { promptFailures } from '../data/prompt-failures.js';
import { languageModelOptions, withLanguageModel } from '../models/language-model.js';
import { templateOptions } from '../models/template-options.js';

const shape = withoutDefaults(samplingOptionsSchema.shape);

export const generate = defineCommand({
  description:
    'Writes {"text", "ids", "finish_reason"} for each row, in the order of the rows, and with --top-logprobs ' +
    '"logprobs"; at an endpoint the thinking before an answer is "reasoning". A prompt of messages goes through ' +
    'the chat template; a prompt that is a string, or {"text": …}, is continued as it stands.',
  example: `charter generate --model smollm2-135m-instruct --data prompts.jsonl --out answers.jsonl --temperature 0
# prompts.jsonl: {"prompt": [{"role": "user", "content": "What is rain?"}]}`,
  options: z.object({
    ...languageModelOptions,
    ...templateOptions,
    ...dataOptions,
    out: z.string().describe('output JSONL file'),
    ...flagsFrom(shape, {}),
  }),
  output: 'file',
  async run(options, context) {
    const { signal, terminal } = context;
    const rows = await readAll('prompt', options, context);
    const sampling = fieldsFrom(options, shape, {});
    await withLanguageModel(options, context, async model => {
      const line = terminal.progress('generate', rows.length);
      const begin = performance.now();
      const failures = promptFailures(options, terminal);
      // The first failure that is no single row's ends the other requests.
      const stop = new AbortController();
      const writing = AbortSignal.any([signal, stop.signal]);
      setMaxListeners(0, writing);
      let done = 0;
      let tokens = 0;
      const answers = rows.map(async (row, i) => {
        // Each row has a seed of its own, so that equal prompts get different samples.
        const seed = sampling.seed === undefined ? undefined : sampling.seed + i;
        try {
          const completion = await model.generate({
            ...sampling,
            prompt: row.prompt,
            tools: row.tools,
            chat_template_kwargs: row.chat_template_kwargs,
            seed,
            signal: writing,
          });
          failures.answered();
          tokens += completion.usage.completion_tokens;
          return completion;
        } catch (error) {
          if (!writing.aborted) failures.failed(error, row);
          else throw error;
        } finally {
          const seconds = (performance.now() - begin) / 1000;
          line.update(++done, `${(tokens / seconds).toFixed(0)} tokens/s`);
        }
        return undefined;
      });
      for (const answer of answers) answer.catch(error => stop.abort(error));
      const out = await createJsonlFile(options.out);
      try {
        // What comes before a failure is kept.
        for (const answer of answers) {
          const completion = await answer;
          if (!completion) continue;
          const { text, ids, finish_reason, logprobs, reasoning } = completion;
          await out.write({ text, ids, finish_reason, logprobs, reasoning });
        }
      } catch (error) {
        await Promise.allSettled(answers);
        throw stop.signal.aborted && !signal.aborted ? stop.signal.reason : error;
      } finally {
        await out.close();
        line.stop();
      }
      failures.end();
      const skipped = failures.count > 0 ? `${failures.count} rows skipped; ` : '';
      const seconds = formatSeconds((performance.now() - begin) / 1000);
      terminal.note(
        `${skipped}${rows.length - failures.count} texts, ${tokens} tokens in ${seconds}: ${options.out}`,
      );
    });
  },
});
