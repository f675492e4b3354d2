import { z } from 'zod';
import { loadQueue } from '../cluster/open-pool-model.js';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';
import { languageModelOptions, withLanguageModel } from '../models/language-model.js';
import { templateOptions } from '../models/template-options.js';

const {
  redis: _redis,
  'budget-tokens': _tokens,
  'budget-cost': _cost,
  prices: _prices,
  ...modelOptions
} = languageModelOptions;

/** Milliseconds between two notes about the same kind of trouble. */
const NOTE_EVERY = 10_000;

export const work = defineCommand({
  description:
    'Runs until Ctrl-C, which lets it finish the requests in hand. A worker that dies loses nothing: another one answers its ' +
    'requests. All workers of a pool have the same model: those that ask call it by the same --model.',
  example: `redis-server --appendonly yes
charter work --redis redis://10.0.0.1:6379 --model smollm2-135m-instruct
charter work --redis redis://10.0.0.1:6379 --model llama --endpoint http://127.0.0.1:8000/v1 --concurrency 64
charter critique --redis redis://10.0.0.1:6379 --model smollm2-135m-instruct --prompts p.jsonl --out rows.jsonl`,
  options: z.object({
    redis: z.string().describe('URL of Redis, such as redis://127.0.0.1:6379'),
    ...modelOptions,
    ...templateOptions,
  }),
  async run(options, context) {
    const { redis, ...own } = options;
    const { terminal, signal } = context;
    if (own.model === undefined)
      throw new CliError('--model is missing: those that ask call the pool by it.');
    const pool = own.model;
    const { answerRequests } = await loadQueue();
    await withLanguageModel(own, context, async model => {
      const began = performance.now();
      let [answers, noted, troubled] = [0, began, 0];
      terminal.note(`Answers requests for ${pool}, ${model.concurrency} at a time`);
      const tell = () =>
        terminal.note(`${answers} answers, ${((1000 * answers) / (performance.now() - began)).toFixed(1)}/s`);
      await answerRequests({
        redis,
        pool,
        model,
        signal,
        onAnswer(now) {
          answers = now;
          if (performance.now() - noted < NOTE_EVERY) return;
          noted = performance.now();
          tell();
        },
        onProblem(message) {
          if (troubled > 0 && performance.now() - troubled < NOTE_EVERY) return;
          troubled = performance.now();
          terminal.note(message);
        },
      });
      tell();
    });
  },
});
