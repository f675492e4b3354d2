import { join } from 'node:path';
import { createJsonlFile, readJsonl } from '@charter/core/node';
import type { CritiqueRow } from '@charter/critique';
import { collect, mix, type RowsFor, readRows } from '@charter/datasets';
import { sftOptionsSchema, sft as trainSft } from '@charter/sft';
import { z } from 'zod';
import { CliError } from '../../command-line/cli-error.js';
import { rowSourceSchema } from '../../data/row-source.js';
import { sourceFingerprint, sourceRows } from '../../data/source-rows.js';
import { describeSftData } from '../../training/sft-data.js';
import { trainingProgress } from '../../training/training-progress.js';
import type { StageWork } from '../run-stage.js';
import { defineStage, loraConfigOf, loraSettings, type StageContext } from '../stage.js';
import { trainingReport } from '../training-report.js';
import type { CritiqueSettings, Revisions } from './critique.js';

export interface FineTuned {
  /** Folder of the adapter. */
  readonly adapter: string;
  readonly global_step: number;
  readonly tokens: number;
  readonly revisions: number;
  readonly helpful: number;
}

type SftRow = RowsFor['sft'];

// The recipe has one seed for all stages.
const { seed: _, ...shape } = sftOptionsSchema.shape;

const schema = z
  .union([z.literal(false), z.strictObject({ ...shape, lora: loraSettings })])
  .prefault({})
  .describe('false leaves SFT out: DPO then trains a new adapter, with the base for reference');
export type SftSettings = Exclude<z.output<typeof schema>, false>;

const helpfulSchema = rowSourceSchema
  .extend({ ratio: z.number().positive().default(1).describe('helpful rows for each revision') })
  .optional()
  .describe('helpful answers that SFT mixes in, so that helpfulness stays');

type Context = StageContext<
  { critique: CritiqueSettings; sft: SftSettings | false; helpful?: z.output<typeof helpfulSchema> },
  { critique: Revisions; sft: FineTuned }
>;

/** Supervised fine-tuning on the revisions and on helpful answers. */
const prepare = async (run: Context): Promise<StageWork<FineTuned> | undefined> => {
  const { recipe, model, runtime, terminal, signal, outcomes } = run;
  const { helpful, seed, sft: settings } = recipe;
  const revisions = outcomes.critique;
  if (!settings || !revisions) return undefined;
  const { lora, ...options } = settings;
  const learn = recipe.critique.from === 'prompts' ? recipe.critique.learn : 'last';
  return {
    inputs: {
      settings,
      learn,
      seed,
      critique: revisions.fingerprint,
      helpful: await sourceFingerprint(helpful, run),
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
      const { status, global_step, tokens } = await trainSft({
        runtime,
        model,
        rows,
        options: { ...options, seed },
        lora: loraConfigOf(lora),
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
  };
};

export const sft = defineStage({
  id: 'sft',
  settings: { sft: schema, helpful: helpfulSchema },
  prepare,
  report: ({ outcomes, folders }: Context) => trainingReport('sft', folders.sft, outcomes.sft),
});

/** The conversations that end in a revision, as prompt and completion. */
const revisionRows = async ({ file, rows, summary }: Revisions, learn: 'last' | 'all'): Promise<SftRow[]> => {
  if (rows === 0) {
    const kept = summary ? ` ${summary.rejected_file} gives the reason of each.` : '';
    throw new CliError(
      `None of the revisions passed the gates, so there is nothing to learn.${kept} Try another model, fewer few-shot ` +
        'examples (few_shot), mode: direct, or other gates in the recipe.',
    );
  }
  if (learn === 'last') return collect(readRows(file, { as: 'sft' }));
  const trained: SftRow[] = [];
  for await (const row of readJsonl(file)) {
    const { messages, steps } = row as unknown as CritiqueRow;
    const source = { file, row: trained.length + 1 };
    for (const { gate, revision } of steps) {
      if (gate !== '') continue;
      const completion = [{ role: 'assistant' as const, content: revision }];
      trained.push({ kind: 'prompt-completion', prompt: messages.slice(0, -1), completion, source });
    }
  }
  return trained;
};

const writeRows = async (file: string, rows: readonly SftRow[]): Promise<void> => {
  const writer = await createJsonlFile(file);
  for (const { kind: _, source: __, ...row } of rows) await writer.write(row);
  await writer.close();
};
