import { join } from 'node:path';
import { createJsonlFile, readJsonl } from '@charter/core/node';
import { type AnswerPair, type LabelSummary, labelPairs, loadConstitution } from '@charter/critique';
import { readRows } from '@charter/datasets';
import { z } from 'zod';
import { CliError } from '../../command-line/cli-error.js';
import { describeLabels, labelProgress } from '../../critique/label-progress.js';
import { labelSettings } from '../../critique/label-settings.js';
import { rowSourceSchema } from '../../data/row-source.js';
import { sourceFingerprint, sourceRows } from '../../data/source-rows.js';
import { keptOnBudget } from '../../models/language-model.js';
import { roleFingerprint, withLocalModel, withRoleModels } from '../recipe-run.js';
import type { StageWork } from '../run-stage.js';
import { defineStage, type StageContext } from '../stage.js';
import type { CritiqueSettings, Revisions } from './critique.js';
import type { FineTuned } from './sft.js';

export interface LabelledPairs {
  /** JSONL of prompt, chosen, rejected. */
  readonly file: string;
  readonly pairs: number;
  /** Absent where a dataset gave the pairs. */
  readonly summary?: LabelSummary | undefined;
}

const schema = z
  .union([
    rowSourceSchema.extend({ from: z.literal('data') }),
    z.strictObject({ from: z.literal('critique') }),
    z.strictObject({
      from: z.enum(['revisions', 'samples']),
      ...labelSettings,
      max_new_tokens: z
        .number()
        .int()
        .positive()
        .default(300)
        .describe('maximum number of tokens of a sample'),
      temperature: z.number().positive().default(1).describe('sampling temperature of the samples'),
    }),
  ])
  .describe(
    'pairs of DPO: a dataset (data); the revision chosen and the first answer rejected, unlabelled, as context ' +
      'distillation does (critique); first answer and revision (revisions), or two answers of the SFT model ' +
      '(samples, as in the paper), each labelled by the model before training',
  );
export type LabelSettings = z.output<typeof schema>;
type AiFeedback = Exclude<LabelSettings, { from: 'data' | 'critique' }>;

type Context = StageContext<
  { critique: CritiqueSettings; label: LabelSettings; dpo: object | false },
  { critique: Revisions; sft: FineTuned; label: LabelledPairs }
>;

/** The pairs that DPO learns from. */
const prepare = async (run: Context): Promise<StageWork<LabelledPairs> | undefined> => {
  const { recipe, terminal, signal, outcomes } = run;
  const { critique: revisions, sft: tuned } = outcomes;
  const { label: settings, seed } = recipe;
  if (!recipe.dpo || !revisions) return undefined;
  if (settings.from === 'data') {
    return {
      inputs: { source: await sourceFingerprint(settings, run) },
      run: async folder => {
        const rows = await sourceRows('preference', settings, run);
        const file = join(folder, 'labels.jsonl');
        const writer = await createJsonlFile(file);
        for (const { prompt, chosen, rejected } of rows) await writer.write({ prompt, chosen, rejected });
        await writer.close();
        terminal.note(`label: ${rows.length} pairs taken from ${settings.data}.`);
        return { file, pairs: rows.length };
      },
    };
  }
  if (settings.from === 'critique') {
    return {
      inputs: { settings, critique: revisions.fingerprint },
      run: async folder => {
        const file = join(folder, 'labels.jsonl');
        const pairs = await unlabelledPairs(revisions.result.file, file);
        terminal.note(`label: ${pairs} pairs of the critique stage taken as they are.`);
        return { file, pairs };
      },
    };
  }
  const constitution = await loadConstitution(recipe.constitution);
  return {
    inputs: {
      settings,
      seed,
      constitution: constitution.hash,
      judge: await roleFingerprint(recipe.judge),
      critique: revisions.fingerprint,
      sft: tuned?.fingerprint,
    },
    run: async folder => {
      const pairs = await pairsFile(run, settings, folder, revisions.result, tuned?.result);
      const file = join(folder, 'labels.jsonl');
      let total = 0;
      for await (const _ of readJsonl(pairs)) total += 1;
      // The model as it was before training judges: one that was trained on the constitution would grade itself.
      const summary = await withRoleModels(run, async ({ model: self, judge = self }) => {
        const progress = labelProgress(terminal, total);
        const labelled = labelPairs({
          judge,
          constitution,
          pairs: readJsonl(pairs) as AsyncIterable<never>,
          out: file,
          min_margin: settings.min_margin,
          few_shot: settings.few_shot,
          format: settings.format,
          seed,
          signal,
          onProgress: progress.update,
        }).finally(progress.stop);
        return keptOnBudget(file, labelled);
      });
      signal.throwIfAborted();
      for (const line of describeLabels(summary)) terminal.note(`label: ${line}`);
      if (summary.labelled === 0) {
        throw new CliError(
          `None of the ${total} pairs reached label.min_margin. Lower it in the recipe, or use another judge.`,
        );
      }
      return { file, pairs: summary.labelled, summary };
    },
  };
};

export const label = defineStage({ id: 'label', settings: { label: schema }, prepare });

/** Writes the pairs of critique rows. @returns their number */
const unlabelledPairs = async (rows: string, out: string): Promise<number> => {
  const writer = await createJsonlFile(out);
  let pairs = 0;
  for await (const { prompt, chosen, rejected } of readRows(rows, { as: 'preference' })) {
    await writer.write({ prompt, chosen, rejected });
    pairs += 1;
  }
  await writer.close();
  return pairs;
};

/** The pairs to label: the critique rows as they are, or two samples for each prompt, of the fine-tuned model where there is one. */
const pairsFile = async (
  run: Context,
  settings: AiFeedback,
  folder: string,
  revisions: Revisions,
  tuned: FineTuned | undefined,
): Promise<string> => {
  if (settings.from === 'revisions') {
    if (!revisions.summary) {
      throw new CliError('label.from: revisions needs critique.from: prompts. Use label.from: data.');
    }
    return revisions.file;
  }
  const { recipe, terminal, signal } = run;
  if (recipe.critique.from === 'data') {
    throw new CliError(
      'label.from: samples needs critique.from: prompts, for the prompts. Use label.from: data.',
    );
  }
  const file = join(folder, 'pairs.jsonl');
  const prompts = await sourceRows('prompt', recipe.critique.prompts, run);
  const { max_new_tokens, temperature } = settings;
  await withLocalModel(run, tuned?.adapter, async local => {
    const line = terminal.progress('sample', prompts.length);
    let done = 0;
    const pairs = prompts.map(async ({ prompt }, i): Promise<AnswerPair> => {
      const sample = (n: number) =>
        local.generate({
          prompt: typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt,
          max_new_tokens,
          temperature,
          seed: recipe.seed + 2 * i + n,
          signal,
        });
      const [a, b] = await Promise.all([sample(0), sample(1)]);
      line.update(++done);
      return { prompt, a: a.text, b: b.text };
    });
    const out = await createJsonlFile(file);
    try {
      for (const pair of await Promise.all(pairs)) if (pair.a !== pair.b) await out.write(pair);
    } finally {
      line.stop();
    }
    await out.close();
  });
  return file;
};
