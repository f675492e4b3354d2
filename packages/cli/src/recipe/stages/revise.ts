import { join } from 'node:path';
import { type CritiqueSummary, critiqueRevise, loadConstitution } from '@charter/critique';
import { critiqueProgress, describeCritique } from '../../critique-progress.js';
import { createJsonlWriter } from '../../jsonl-writer.js';
import { keptOnBudget } from '../../language-model.js';
import { withSpread } from '../../with-spread.js';
import { otherIdentity, type RecipeRun, withWriters } from '../recipe-run.js';
import { sourceIdentity, sourceRows } from '../source-rows.js';
import { runStage } from '../stage-folder.js';

export interface Revisions {
  /** JSONL of critique rows, or of prompt, chosen and rejected where a dataset gave them. */
  readonly file: string;
  readonly rows: number;
  /** Absent where a dataset gave the revisions. */
  readonly summary?: CritiqueSummary | undefined;
}

/** The answers that SFT learns: revised by the model itself, or taken from a dataset. */
export const revise = async (run: RecipeRun) => {
  const { recipe, model, terminal, signal } = run;
  const { revisions, seed } = recipe;
  if (revisions.from === 'data') {
    return runStage<Revisions>(run, {
      name: 'critique',
      basis: { source: await sourceIdentity(revisions, run) },
      run: async folder => {
        const rows = await sourceRows('preference', revisions, run);
        const file = join(folder, 'rows.jsonl');
        const writer = await createJsonlWriter(file);
        for (const { prompt, chosen, rejected } of rows) await writer.write({ prompt, chosen, rejected });
        await writer.close();
        terminal.note(`critique: ${rows.length} revisions taken from ${revisions.data}.`);
        return { file, rows: rows.length };
      },
    });
  }
  const { from: _, prompts: source, learn: __, ...settings } = revisions;
  const constitution = await loadConstitution(recipe.constitution);
  return runStage<Revisions>(run, {
    name: 'critique',
    basis: {
      settings,
      seed,
      model: model.folder,
      critic: await otherIdentity(recipe.critic),
      judge: settings.samples > 1 || settings.judgeRevisions ? await otherIdentity(recipe.judge) : undefined,
      constitution: constitution.hash,
      prompts: await sourceIdentity(source, run),
    },
    run: async folder => {
      const prompts = await sourceRows('prompt', source, run);
      const file = join(folder, 'rows.jsonl');
      const summary = await withWriters(run, async models => {
        const progress = critiqueProgress(terminal, prompts.length);
        const made = critiqueRevise({
          ...settings,
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
  });
};
