import { join } from 'node:path';
import {
  type AnswerPair,
  type LabelSummary,
  labelPairs,
  loadConstitution,
  readJsonl,
} from '@charter/critique';
import { CliError } from '../../cli-error.js';
import { createJsonlWriter } from '../../jsonl-writer.js';
import { describeLabels, labelProgress } from '../../label-progress.js';
import { keptOnBudget } from '../../language-model.js';
import type { Recipe } from '../recipe.js';
import { otherIdentity, type RecipeRun, withWriter, withWriters } from '../recipe-run.js';
import { sourceIdentity, sourceRows } from '../source-rows.js';
import { runStage, type StageOutcome } from '../stage-folder.js';
import type { FineTuned } from './fine-tune.js';
import type { Revisions } from './revise.js';

export interface Preferences {
  /** JSONL of prompt, chosen, rejected. */
  readonly file: string;
  readonly pairs: number;
  /** Absent where a dataset gave the pairs. */
  readonly summary?: LabelSummary | undefined;
}

type Labelled = Exclude<Recipe['preferences'], { from: 'data' }>;

/** The pairs that DPO learns from. */
export const prefer = async (
  run: RecipeRun,
  revisions: StageOutcome<Revisions>,
  tuned: StageOutcome<FineTuned> | undefined,
) => {
  const { recipe, terminal, signal } = run;
  const { preferences, seed } = recipe;
  if (preferences.from === 'data') {
    return runStage<Preferences>(run, {
      name: 'label',
      basis: { source: await sourceIdentity(preferences, run) },
      run: async folder => {
        const rows = await sourceRows('preference', preferences, run);
        const file = join(folder, 'labels.jsonl');
        const writer = await createJsonlWriter(file);
        for (const { prompt, chosen, rejected } of rows) await writer.write({ prompt, chosen, rejected });
        await writer.close();
        terminal.note(`label: ${rows.length} pairs taken from ${preferences.data}.`);
        return { file, pairs: rows.length };
      },
    });
  }
  const constitution = await loadConstitution(recipe.constitution);
  return runStage<Preferences>(run, {
    name: 'label',
    basis: {
      settings: preferences,
      seed,
      constitution: constitution.hash,
      judge: await otherIdentity(recipe.judge),
      revisions: revisions.fingerprint,
      sft: tuned?.fingerprint,
    },
    run: async folder => {
      const pairs = await pairsFile(run, preferences, folder, revisions.result, tuned?.result);
      const file = join(folder, 'labels.jsonl');
      let total = 0;
      for await (const _ of readJsonl(pairs)) total += 1;
      // The model as it was before training judges: one that learnt from the constitution would grade itself.
      const summary = await withWriters(run, async ({ model: self, judge = self }) => {
        const progress = labelProgress(terminal, total);
        const labelled = labelPairs({
          judge,
          constitution,
          pairs: readJsonl(pairs) as AsyncIterable<never>,
          out: file,
          min_margin: preferences.min_margin,
          fewShot: preferences.few_shot,
          format: preferences.format,
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
          `None of the ${total} pairs could be decided. Lower preferences.min_margin in the recipe, or use another judge.`,
        );
      }
      return { file, pairs: summary.labelled, summary };
    },
  });
};

/** The pairs to label: the critique rows as they are, or two samples for each prompt, of the fine-tuned model where there is one. */
const pairsFile = async (
  run: RecipeRun,
  preferences: Labelled,
  folder: string,
  revisions: Revisions,
  tuned: FineTuned | undefined,
): Promise<string> => {
  if (preferences.from === 'revisions') {
    if (!revisions.summary) {
      throw new CliError(
        'preferences.from: revisions needs revisions.from: critique. Use from: data, or samples.',
      );
    }
    return revisions.file;
  }
  const { recipe, terminal, signal } = run;
  if (recipe.revisions.from === 'data') {
    throw new CliError('preferences.from: samples needs revisions.from: critique, for the prompts.');
  }
  const file = join(folder, 'pairs.jsonl');
  const prompts = await sourceRows('prompt', recipe.revisions.prompts, run);
  const { max_new_tokens, temperature } = preferences;
  await withWriter(run, tuned?.adapter, async writer => {
    const line = terminal.progress('sample', prompts.length);
    let done = 0;
    const pairs = prompts.map(async ({ prompt }, i): Promise<AnswerPair> => {
      const sample = (n: number) =>
        writer.generate({
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
    const out = await createJsonlWriter(file);
    try {
      for (const pair of await Promise.all(pairs)) if (pair.a !== pair.b) await out.write(pair);
    } finally {
      line.stop();
    }
    await out.close();
  });
  return file;
};
