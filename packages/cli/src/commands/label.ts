import { readJsonl } from '@charter/core/node';
import { labelPairs, loadConstitution } from '@charter/critique';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { describeLabels, labelProgress } from '../critique/label-progress.js';
import { keptOnBudget, languageModelOptions, withLanguageModel } from '../models/language-model.js';

export const label = defineCommand({
  description:
    'Writes {"prompt", "chosen", "rejected", "probability", …} for each pair: rows of `charter critique`, or ' +
    '{"prompt", "a", "b"}. Each pair is asked about in both orders, so that a liking for the first place cancels out.',
  example:
    'charter label --model smollm2-135m-instruct --constitution charter --pairs rows.jsonl --out labels.jsonl',
  options: z.object({
    ...languageModelOptions,
    constitution: z
      .string()
      .default('charter')
      .describe('a constitution file, or the name of one that ships'),
    pairs: z.string().describe('JSONL file of pairs'),
    out: z.string().describe('JSONL file of labelled pairs; it is continued'),
    undecided: z
      .string()
      .optional()
      .describe('JSONL file of pairs under --min-margin; default undecided.jsonl beside --out'),
    'min-margin': z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('pairs are kept apart when 2 · probability − 1 is not above this'),
    'few-shot': z.number().int().min(0).default(2).describe('solved comparisons that stand in front'),
    format: z
      .enum(['transcript', 'chat'])
      .default('transcript')
      .describe('ask in raw text, as the paper, or by the chat template'),
    seed: z.number().int().min(0).default(0).describe('of the choice of principles'),
  }),
  async run(options, context) {
    const constitution = await loadConstitution(options.constitution);
    let total = 0;
    for await (const _ of readJsonl(options.pairs)) total += 1;
    await withLanguageModel(options, context, async judge => {
      const progress = labelProgress(context.terminal, total);
      const labelled = labelPairs({
        judge,
        constitution,
        pairs: readJsonl(options.pairs) as never,
        out: options.out,
        undecided: options.undecided,
        min_margin: options['min-margin'],
        few_shot: options['few-shot'],
        format: options.format,
        seed: options.seed,
        signal: context.signal,
        onProgress: progress.update,
      }).finally(progress.stop);
      const summary = await keptOnBudget(options.out, labelled);
      for (const line of describeLabels(summary)) context.terminal.note(line);
    });
  },
});
