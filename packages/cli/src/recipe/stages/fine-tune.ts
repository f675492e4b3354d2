import { join } from 'node:path';
import { type CritiqueRow, readJsonl } from '@charter/critique';
import { collect, mix, type RowsFor, readRows } from '@charter/datasets';
import type { LoraConfig } from '@charter/lora';
import { sft } from '@charter/sft';
import { CliError } from '../../cli-error.js';
import { createJsonlWriter } from '../../jsonl-writer.js';
import { describeSftData } from '../../sft-data.js';
import { trainingProgress } from '../../training-progress.js';
import type { SftSettings } from '../recipe.js';
import type { RecipeRun } from '../recipe-run.js';
import { sourceIdentity, sourceRows } from '../source-rows.js';
import { runStage, type StageOutcome } from '../stage-folder.js';
import type { Revisions } from './revise.js';

export interface FineTuned {
  /** Folder of the adapter. */
  readonly adapter: string;
  readonly global_step: number;
  readonly tokens: number;
  readonly revisions: number;
  readonly helpful: number;
}

type SftRow = RowsFor['sft'];

/** Supervised fine-tuning on the revisions and on helpful answers. */
export const fineTune = async (run: RecipeRun, settings: SftSettings, revisions: StageOutcome<Revisions>) => {
  const { recipe, model, runtime, terminal, signal } = run;
  const { helpful, seed } = recipe;
  const { lora, ...options } = settings;
  const learn = recipe.revisions.from === 'critique' ? recipe.revisions.learn : 'last';
  return runStage<FineTuned>(run, {
    name: 'sft',
    basis: {
      settings,
      learn,
      seed,
      revisions: revisions.fingerprint,
      helpful: await sourceIdentity(helpful, run),
    },
    run: async folder => {
      const revised = await revisionRows(revisions.result, learn);
      const answers = helpful ? await sourceRows('sft', helpful, run) : [];
      const rows = helpful
        ? mix(
            [
              { rows: revised, ratio: 1 },
              { rows: answers, ratio: helpful.ratio },
            ],
            { seed },
          )
        : revised;
      await writeRows(join(folder, 'data.jsonl'), rows);
      const progress = trainingProgress(terminal, 'sft');
      const { status, global_step, tokens } = await sft({
        runtime,
        model,
        tokenizer: model.tokenizer,
        rows,
        options: { ...options, seed },
        // A recipe that leaves a field out has no such key.
        lora: lora as Partial<LoraConfig>,
        out: folder,
        onData: counts => terminal.note(`sft: ${describeSftData(counts)}`),
        onProgress: progress.update,
        onWarning: ({ step, message }) => terminal.note(`sft, step ${step}: ${message}`),
        signal,
      }).finally(progress.stop);
      if (status === 'stopped') throw signal.reason;
      const own = new Set<SftRow>(revised);
      const count = rows.filter(row => own.has(row)).length;
      return { adapter: folder, global_step, tokens, revisions: count, helpful: rows.length - count };
    },
  });
};

/** The conversations that end in a revision, as prompt and completion. */
const revisionRows = async ({ file, rows, summary }: Revisions, learn: 'last' | 'all'): Promise<SftRow[]> => {
  if (rows === 0) {
    const kept = summary ? ` ${summary.rejectedFile} says why each was kept out.` : '';
    throw new CliError(
      `None of the revisions passed the gates, so there is nothing to learn.${kept} Try another model, fewer few-shot ` +
        'examples (fewShot), mode: direct, or other gates in the recipe.',
    );
  }
  if (learn === 'last') return collect(readRows(file, { as: 'sft' }));
  const learnt: SftRow[] = [];
  for await (const row of readJsonl(file)) {
    const { messages, steps } = row as unknown as CritiqueRow;
    const source = { file, row: learnt.length + 1 };
    for (const { gate, revision } of steps) {
      if (gate !== '') continue;
      const completion = [{ role: 'assistant' as const, content: revision }];
      learnt.push({ kind: 'prompt-completion', prompt: messages.slice(0, -1), completion, source });
    }
  }
  return learnt;
};

const writeRows = async (file: string, rows: readonly SftRow[]): Promise<void> => {
  const writer = await createJsonlWriter(file);
  for (const { kind: _, source: __, ...row } of rows) await writer.write(row);
  await writer.close();
};
