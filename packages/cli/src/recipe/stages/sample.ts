import { readJsonl } from '@charter/core/node';
import type { CritiqueRow } from '@charter/critique';
import { z } from 'zod';
import { withLocalModel } from '../recipe-run.js';
import type { StageWork } from '../run-stage.js';
import { defineStage, type StageContext, type StageReport } from '../stage.js';
import type { CritiqueSettings, Revisions } from './critique.js';
import type { Optimized } from './dpo.js';
import type { FineTuned } from './sft.js';

/** A prompt that was criticised, with its critique, its revision, and every stage's answer to it. */
export interface SampledRow {
  readonly row: CritiqueRow;
  readonly answers: Readonly<Partial<Record<'sft' | 'dpo', string>>>;
}

const schema = z
  .union([
    z.literal(false),
    z.strictObject({
      limit: z.number().int().positive().default(24).describe('use the first N prompts that were criticised'),
    }),
  ])
  .prefault({})
  .describe(
    'answers of the trained models to prompts that were criticised, for the report; false leaves them out',
  );
export type SampleSettings = z.output<typeof schema>;

type Context = StageContext<
  { critique: CritiqueSettings; sample: SampleSettings },
  { critique: Revisions; sft: FineTuned; dpo: Optimized; sample: SampledRow[] }
>;

/** The first rows of a file of critique rows. */
const firstRows = async (file: string, limit: number): Promise<CritiqueRow[]> => {
  const rows: CritiqueRow[] = [];
  for await (const row of readJsonl(file)) {
    rows.push(row as unknown as CritiqueRow);
    if (rows.length === limit) break;
  }
  return rows;
};

/**
 * Answers of the trained models to the first prompts that were criticised, to be read beside critique and revision.
 * These prompts were trained on: nothing is measured here.
 */
const prepare = async (run: Context): Promise<StageWork<SampledRow[]> | undefined> => {
  const { recipe, terminal, signal, outcomes } = run;
  const { critique: settings, sample: options } = recipe;
  const { critique: revisions, sft, dpo } = outcomes;
  if (!options || !revisions || settings.from !== 'prompts') return undefined;
  const { max_new_tokens } = settings.sampling.answer;
  const { limit } = options;
  return {
    inputs: {
      limit,
      max_new_tokens,
      critique: revisions.fingerprint,
      trained: [sft?.fingerprint, dpo?.fingerprint],
    },
    run: async () => {
      const rows = await firstRows(revisions.result.file, limit);
      const answersOf = async (
        stage: 'sft' | 'dpo',
        adapter: string | undefined,
      ): Promise<string[] | undefined> => {
        if (!adapter) return undefined;
        return withLocalModel(run, adapter, async local => {
          const line = terminal.progress('sample', rows.length);
          let done = 0;
          const answers = rows.map(async ({ messages }) => {
            const prompt = messages.slice(0, -1);
            const { text } = await local.generate({ prompt, max_new_tokens, temperature: 0, signal });
            line.update(++done, `answers after ${stage.toUpperCase()} to prompts that were criticised`);
            return text;
          });
          return Promise.all(answers).finally(line.stop);
        });
      };
      const afterSft = await answersOf('sft', sft?.result.adapter);
      const afterDpo = await answersOf('dpo', dpo?.result.adapter);
      signal.throwIfAborted();
      return rows.map((row, i) => ({
        row,
        answers: {
          ...(afterSft && { sft: afterSft[i] as string }),
          ...(afterDpo && { dpo: afterDpo[i] as string }),
        },
      }));
    },
  };
};

/** Prompts that were criticised, with all texts that they led to as far as the run is. */
const report = async ({ recipe, outcomes }: Context): Promise<StageReport> => {
  const revisions = outcomes.critique?.result;
  if (!recipe.sample || !revisions?.summary) return {};
  const rows =
    outcomes.sample?.result ??
    (await firstRows(revisions.file, recipe.sample.limit)).map(row => ({ row, answers: {} }));
  return {
    samples: rows.map(
      ({ row: { prompt, init_response, critic_response, revision_response, principle_id }, answers }) => ({
        kind: 'harmful',
        prompt,
        answers: { base: init_response, ...answers },
        critique: critic_response,
        revision: revision_response,
        principle: principle_id,
        flags: ['training row'],
      }),
    ),
  };
};

export const sample = defineStage({ id: 'sample', settings: { sample: schema }, prepare, report });
