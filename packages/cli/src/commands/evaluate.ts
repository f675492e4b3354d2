import { writeFile } from 'node:fs/promises';
import { measureStage } from '@charter/evaluate';
import { z } from 'zod';
import { CliError } from '../cli-error.js';
import { defineCommand } from '../command.js';
import { describeMeasures } from '../describe-measures.js';
import { evaluationPrompts } from '../evaluation-prompts.js';
import { heldOutTexts, measureModel } from '../measure-model.js';
import { adaptedModelOptions, openAdapter, openModel, withRuntime } from '../open-model.js';
import { sourceRows } from '../recipe/source-rows.js';
import { adapterIdentity, versions } from '../run-record.js';

const held = (what: string) => z.string().optional().describe(what);

export const evaluate = defineCommand({
  description:
    "Writes every measure that there is data for, and in `intervals` each one's 95 % interval and number of cases. " +
    'Answers are judged by rules, and by the `rubric` of a row that has one; they are kept beside --out and not asked for ' +
    'again.',
  example: `charter evaluate --model smollm2-135m-instruct --adapter runs/dpo --pairs pairs.jsonl --out result.json
charter evaluate --model smollm2-135m-instruct --harmful harmful-held-out --helpful helpful-held-out --out result.json`,
  options: z.object({
    ...adaptedModelOptions,
    pairs: held('preference pairs: preference_accuracy'),
    texts: held('prompts with good answers: perplexity'),
    harmful: held(
      'harmful prompts, a file or harmful-held-out: harmful_compliance, refusal, evasiveness, right_reason',
    ),
    helpful: held('harmless prompts, a file or helpful-held-out: helpfulness'),
    borderline: held(
      'harmless prompts that sound harmful, a file or borderline-held-out: over_refusal, borderline_helpfulness',
    ),
    limit: z.number().int().positive().optional().describe('at most so many rows of each kind'),
    out: z.string().describe('JSON file to write'),
    'max-new-tokens': z.number().int().positive().default(256).describe('most tokens of an answer'),
    temperature: z.number().min(0).default(0).describe('of answers; 0 takes the likeliest token'),
    seed: z.number().int().min(0).default(0).describe('of answers and of bootstrap intervals'),
  }),
  async run(options, context) {
    const { terminal } = context;
    const source = (data: string) => ({ data, limit: options.limit });
    const { harmful, helpful, borderline } = options;
    const prompts = await evaluationPrompts(
      {
        harmful: harmful ? source(harmful) : undefined,
        helpful: helpful ? source(helpful) : undefined,
        borderline: borderline ? source(borderline) : undefined,
      },
      context,
    );
    const pairs = options.pairs && (await sourceRows('preference', source(options.pairs), context));
    const texts = options.texts && heldOutTexts(await sourceRows('sft', source(options.texts), context));
    if (!pairs && !texts && prompts.length === 0) {
      throw new CliError(
        'There is nothing to measure: give --pairs, --texts, --harmful, --helpful or --borderline.',
      );
    }
    const model = await openModel(options.model, context);
    const adapter = options.adapter ? await openAdapter(options.adapter, model) : undefined;
    const identity = await adapterIdentity(options.adapter);
    const scores = await withRuntime(options, runtime =>
      measureModel(
        { model, adapter, runtime },
        { pairs: pairs || undefined, texts: texts || undefined, prompts },
        {
          answers: `${options.out.replace(/\.json$/, '')}.answers.jsonl`,
          identity,
          max_new_tokens: options['max-new-tokens'],
          temperature: options.temperature,
          seed: options.seed,
        },
        context,
      ),
    );
    const measures = measureStage(scores, { seed: options.seed });
    await writeFile(
      options.out,
      `${JSON.stringify({ ...measures, settings: options, versions: versions() }, null, 2)}\n`,
    );
    for (const line of describeMeasures(measures)) terminal.print(line);
  },
});
