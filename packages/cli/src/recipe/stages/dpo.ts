import { join } from 'node:path';
import { collect, readRows } from '@charter/datasets';
import { dpoOptionsSchema, dpo as trainDpo } from '@charter/dpo';
import { z } from 'zod';
import { describeDpoData } from '../../training/dpo-data.js';
import { referenceProgress } from '../../training/reference-progress.js';
import { trainingProgress } from '../../training/training-progress.js';
import type { StageWork } from '../run-stage.js';
import { defineStage, loraConfigOf, loraSettings, type StageContext } from '../stage.js';
import { trainingReport } from '../training-report.js';
import type { LabelledPairs } from './label.js';
import type { FineTuned } from './sft.js';

export interface Optimized {
  /** Folder of the adapter. */
  readonly adapter: string;
  readonly global_step: number;
  readonly tokens: number;
}

// The recipe has one seed for all stages.
const { seed: _, ...shape } = dpoOptionsSchema.shape;

const schema = z
  .union([z.literal(false), z.strictObject({ ...shape, lora: loraSettings })])
  .prefault({})
  .describe(
    'trains the SFT adapter on, with itself as it was for reference; `lora` is for `sft: false`; false leaves DPO out',
  );
export type DpoSettings = Exclude<z.output<typeof schema>, false>;

type Context = StageContext<
  { dpo: DpoSettings | false },
  { sft: FineTuned; label: LabelledPairs; dpo: Optimized }
>;

/** DPO on top of the SFT adapter, which is also its reference; without one, of a new adapter against the base. */
const prepare = async (run: Context): Promise<StageWork<Optimized> | undefined> => {
  const { recipe, model, runtime, out, terminal, signal, outcomes } = run;
  const { seed, dpo: settings } = recipe;
  const { sft: tuned, label: pairs } = outcomes;
  if (!settings || !pairs) return undefined;
  const { lora, ...options } = settings;
  const start = tuned
    ? { adapter: tuned.result.adapter, reference: { adapter: tuned.result.adapter } }
    : { lora: loraConfigOf(lora), reference: 'base' as const };
  return {
    inputs: {
      settings,
      seed,
      model: model.folder,
      sft: tuned?.fingerprint,
      label: pairs.fingerprint,
    },
    run: async folder => {
      const progress = trainingProgress(terminal, 'dpo');
      const judged = referenceProgress(terminal);
      const { status, global_step, tokens } = await trainDpo({
        runtime,
        model,
        rows: await collect(readRows(pairs.result.file, { as: 'preference' })),
        options: { ...options, seed },
        ...start,
        out: folder,
        // Outside the stage's folder: other settings of DPO need the same numbers.
        cache: join(out, 'reference-logps'),
        onData: counts => terminal.note(`dpo: ${describeDpoData(counts)}`),
        onReference: judged.update,
        onProgress: progress.update,
        onWarning: ({ step, message }) => terminal.note(`dpo, step ${step}: ${message}`),
        signal,
      }).finally(() => {
        judged.stop();
        progress.stop();
      });
      if (status === 'stopped') throw signal.reason;
      return { adapter: folder, global_step, tokens };
    },
  };
};

export const dpo = defineStage({
  id: 'dpo',
  settings: { dpo: schema },
  prepare,
  report: ({ outcomes, folders }: Context) => trainingReport('dpo', folders.dpo, outcomes.dpo),
});
