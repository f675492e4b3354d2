import { join } from 'node:path';
import { createJsonlFile } from '@charter/core/node';
import {
  type CritiqueSummary,
  critiqueRevise,
  critiqueSettingsSchema,
  loadConstitution,
} from '@charter/critique';
import { z } from 'zod';
import { critiqueProgress, describeCritique } from '../../critique/critique-progress.js';
import { withSpread } from '../../critique/with-spread.js';
import { rowSourceSchema } from '../../data/row-source.js';
import { sourceFingerprint, sourceRows } from '../../data/source-rows.js';
import { keptOnBudget } from '../../models/language-model.js';
import { critiqueSection } from '../critique-section.js';
import { roleFingerprint, withRoleModels } from '../recipe-run.js';
import type { StageWork } from '../run-stage.js';
import { defineStage, type StageContext } from '../stage.js';

export interface Revisions {
  /** JSONL of critique rows, or of prompt, chosen and rejected where a dataset gave them. */
  readonly file: string;
  readonly rows: number;
  /** Absent where a dataset gave the revisions. */
  readonly summary?: CritiqueSummary | undefined;
}

const schema = z
  .union([
    rowSourceSchema.extend({ from: z.literal('data') }),
    critiqueSettingsSchema.omit({ seed: true }).extend({
      from: z.literal('prompts'),
      prompts: rowSourceSchema.describe('prompts to answer, criticise and revise'),
      learn: z
        .enum(['last', 'all'])
        .default('last')
        .describe('of several revisions SFT learns the last one, or all of them as in the paper'),
    }),
  ])
  .describe(
    'rows that SFT learns: revisions that the model makes from prompts, or that a dataset holds (data)',
  );
export type CritiqueSettings = z.output<typeof schema>;

type Context = StageContext<{ critique: CritiqueSettings }, { critique: Revisions }>;

/** The answers that SFT learns: revised by the model itself, or taken from a dataset. */
const prepare = async (run: Context): Promise<StageWork<Revisions>> => {
  const { recipe, model, terminal, signal } = run;
  const { critique: settings, seed } = recipe;
  if (settings.from === 'data') {
    return {
      inputs: { source: await sourceFingerprint(settings, run) },
      run: async folder => {
        const rows = await sourceRows('preference', settings, run);
        const file = join(folder, 'rows.jsonl');
        const writer = await createJsonlFile(file);
        for (const { prompt, chosen, rejected } of rows) await writer.write({ prompt, chosen, rejected });
        await writer.close();
        terminal.note(`critique: ${rows.length} revisions taken from ${settings.data}.`);
        return { file, rows: rows.length };
      },
    };
  }
  const { from: _, prompts: source, learn: __, ...options } = settings;
  const constitution = await loadConstitution(recipe.constitution);
  return {
    inputs: {
      settings: options,
      seed,
      model: model.folder,
      critic: await roleFingerprint(recipe.critic),
      judge: options.samples > 1 || options.judge_revisions ? await roleFingerprint(recipe.judge) : undefined,
      constitution: constitution.hash,
      prompts: await sourceFingerprint(source, run),
    },
    run: async folder => {
      const prompts = await sourceRows('prompt', source, run);
      const file = join(folder, 'rows.jsonl');
      const summary = await withRoleModels(run, async models => {
        const progress = critiqueProgress(terminal, prompts.length);
        const made = critiqueRevise({
          ...options,
          ...models,
          seed,
          constitution,
          prompts,
          out: file,
          signal,
          onProgress: progress.update,
        }).finally(progress.stop);
        const counts = await keptOnBudget(file, made);
        const { embed } = models.model;
        return embed && !counts.stopped ? withSpread(counts, embed) : counts;
      });
      signal.throwIfAborted();
      for (const line of describeCritique(summary)) terminal.note(`critique: ${line}`);
      return { file, rows: summary.accepted, summary };
    },
  };
};

export const critique = defineStage({
  id: 'critique',
  settings: { critique: schema },
  prepare,
  report: async ({ recipe, outcomes }: Context) => {
    const summary = outcomes.critique?.result.summary;
    if (!summary) return {};
    return {
      critique: await critiqueSection(summary, await loadConstitution(recipe.constitution)),
      tokens: summary.usage.prompt_tokens + summary.usage.completion_tokens,
    };
  },
});
