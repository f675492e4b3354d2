import { readJsonl } from '@charter/core/node';
import { labelPairs, loadConstitution } from '@charter/critique';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { fieldsFrom, flagsFrom } from '../command-line/flags-from.js';
import { describeLabels, labelProgress } from '../critique/label-progress.js';
import { labelSettings } from '../critique/label-settings.js';
import { keptOnBudget, languageModelOptions, withLanguageModel } from '../models/language-model.js';

export const label = defineCommand({
  description:
    'Writes {"prompt", "chosen", "rejected", "probability", …} for each pair: rows of `charter critique`, or ' +
    '{"prompt", "a", "b"}. Each pair is asked about in both orders, so that a position bias cancels out.',
  example:
    'charter label --model smollm2-135m-instruct --constitution charter --pairs rows.jsonl --out labels.jsonl',
  options: z.object({
    ...languageModelOptions,
    constitution: z
      .string()
      .default('charter')
      .describe('a constitution file, or the name of one that ships'),
    pairs: z.string().describe('JSONL file of pairs'),
    out: z.string().describe('JSONL file of labelled pairs; an existing one is continued'),
    undecided: z
      .string()
      .optional()
      .describe('JSONL file of pairs below --min-margin; default: undecided.jsonl beside --out'),
    ...flagsFrom(labelSettings, {}),
    seed: z.number().int().min(0).default(0).describe('random seed of the choice of principles'),
  }),
  output: 'file',
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
        ...fieldsFrom(options, labelSettings, {}),
        seed: options.seed,
        signal: context.signal,
        onProgress: progress.update,
      }).finally(progress.stop);
      const summary = await keptOnBudget(options.out, labelled);
      for (const line of describeLabels(summary)) context.terminal.note(line);
    });
  },
});
