import { writeFileAtomically } from '@charter/core/node';
import {
  critiqueRevise,
  critiqueSettingsSchema,
  loadConstitution,
  promptFile,
  promptFiles,
} from '@charter/critique';
import type { PromptRow } from '@charter/datasets';
import { z } from 'zod';
import { type CommandContext, defineCommand } from '../command-line/command.js';
import { fieldsFrom, flagsFrom } from '../command-line/flags-from.js';
import { critiqueProgress, describeCritique } from '../critique/critique-progress.js';
import { withSpread } from '../critique/with-spread.js';
import { type DataOptions, dataOptions, rowsOf } from '../data/data-options.js';
import { promptFailures } from '../data/prompt-failures.js';
import {
  keptOnBudget,
  languageModelOptions,
  roleModelFrom,
  roleModelOptions,
  withLanguageModels,
} from '../models/language-model.js';

const { sampling: _sampling, gates: _gates, ...shape } = critiqueSettingsSchema.shape;
const { data: _data, ...rowOptions } = dataOptions;

export const critique = defineCommand({
  description:
    'Rows have the columns of HuggingFaceH4/cai-conversation-harmless, and each critique and revision on the way. The same ' +
    `command resumes a stopped run. Prompts that ship: ${Object.keys(promptFiles).join(', ')}.`,
  example: `charter critique --model smollm2-135m-instruct --constitution charter --prompts harmful --revisions 1 --out rows.jsonl
charter critique --endpoint http://127.0.0.1:8080/v1 --model llama --prompts p.jsonl --budget-tokens 1000000 --out rows.jsonl
charter critique --model smollm2-135m-instruct --critic-endpoint http://127.0.0.1:8080/v1 --critic llama --prompts p.jsonl --out rows.jsonl`,
  options: z.object({
    ...languageModelOptions,
    constitution: z
      .string()
      .default('charter')
      .describe('a constitution file, or the name of one that ships'),
    prompts: z
      .string()
      .describe('file of prompts, the name of one that ships, or datasets/org/name on a hub'),
    ...rowOptions,
    out: z.string().describe('JSONL file of accepted rows; an existing one is continued'),
    rejected: z
      .string()
      .optional()
      .describe('JSONL file of rows whose attempts all failed a gate; default: rejected.jsonl beside --out'),
    ...roleModelOptions('critic', 'to write critiques and revisions'),
    ...roleModelOptions('judge', 'to choose among --samples and for --judge-revisions'),
    shard: z
      .string()
      .regex(/^[1-9]\d*\/[1-9]\d*$/, 'expected a number and a count, such as 1/4')
      .refine(text => isShard(text), 'the number is larger than the count')
      .optional()
      .describe('use one shard of the prompts, such as 1/4; `charter merge-rows` joins the shards'),
    summary: z
      .string()
      .optional()
      .describe(
        'JSON file for the summary: counts of gates, and the share, acceptance, change and spread of each principle',
      ),
    ...flagsFrom(shape, {}),
    'max-new-tokens': z
      .number()
      .int()
      .positive()
      .optional()
      .describe(
        'maximum number of tokens of each text; default: 300 for answers and revisions, 200 for critiques',
      ),
    temperature: z
      .number()
      .min(0)
      .optional()
      .describe('sampling temperature of every text; 0 is greedy; default: 1, as in the paper'),
  }),
  output: 'file',
  async run(options, context) {
    const constitution = await loadConstitution(options.constitution);
    let total = 0;
    for await (const _ of readPrompts(options.prompts, options, quiet(context))) total += 1;
    const { temperature, 'max-new-tokens': max_new_tokens } = options;
    const sampling = {
      ...(temperature !== undefined && { temperature }),
      ...(max_new_tokens && { max_new_tokens }),
    };
    const shard = options.shard === undefined ? undefined : shardOf(options.shard);
    const others = { critic: roleModelFrom('critic', options), judge: roleModelFrom('judge', options) };
    await withLanguageModels(options, others, context, async ({ model, critic, judge }) => {
      const progress = critiqueProgress(context.terminal, shard ? shardSize(total, shard) : total);
      const failures = promptFailures(options, context.terminal);
      const made = critiqueRevise({
        ...fieldsFrom(options, shape, {}),
        sampling: { answer: sampling, critique: sampling, revision: sampling },
        model,
        critic,
        judge,
        constitution,
        prompts: readPrompts(options.prompts, options, context),
        out: options.out,
        rejected: options.rejected,
        shard,
        signal: context.signal,
        onFailedPrompt: (error, prompt) => failures.failed(error, prompt as PromptRow),
        onProgress(now) {
          if (now.row) failures.answered();
          progress.update(now);
        },
      }).finally(progress.stop);
      const summary = await keptOnBudget(options.out, made);
      failures.end();
      if (failures.count > 0) {
        context.terminal.note(`${failures.count} prompts were skipped; the same command tries them again`);
      }
      for (const line of describeCritique(summary)) context.terminal.note(line);
      if (options.summary) {
        const embed = [model, critic].find(one => one?.embed)?.embed;
        const told = embed ? await withSpread(summary, embed) : summary;
        await writeFileAtomically(options.summary, `${JSON.stringify(told, null, 2)}\n`);
      }
    });
  },
});

const shardOf = (text: string): { number: number; of: number } => {
  const [number, of] = text.split('/').map(Number) as [number, number];
  return { number, of };
};

const isShard = (text: string): boolean => {
  const { number, of } = shardOf(text);
  return number <= of;
};

/** Number of prompts in a shard. */
const shardSize = (total: number, { number, of }: { number: number; of: number }): number =>
  Math.max(0, Math.ceil((total - number + 1) / of));

/** Counting the prompts names no bad row: reading them does. */
const quiet = (context: CommandContext): CommandContext => ({
  ...context,
  terminal: { ...context.terminal, note: () => {} },
});

/** Prompts of a file, or of one that ships. */
async function* readPrompts(nameOrPath: string, options: Omit<DataOptions, 'data'>, context: CommandContext) {
  const path = nameOrPath in promptFiles ? promptFile(nameOrPath as keyof typeof promptFiles) : nameOrPath;
  let unused = 0;
  for await (const row of rowsOf({ ...options, data: [path] }, context, 'prompt')) {
    if (row.tools || row.chat_template_kwargs) unused += 1;
    yield row;
  }
  if (unused > 0) {
    context.terminal.note(
      `tools and chat_template_kwargs of ${unused} rows are not used: answers and critiques are written without them.`,
    );
  }
}
