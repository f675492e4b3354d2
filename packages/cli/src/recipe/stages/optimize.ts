import { join } from 'node:path';
import { collect, readRows } from '@charter/datasets';
import { dpo } from '@charter/dpo';
import type { LoraConfig } from '@charter/lora';
import { describeDpoData } from '../../dpo-data.js';
import { referenceProgress } from '../../reference-progress.js';
import { trainingProgress } from '../../training-progress.js';
import type { DpoSettings } from '../recipe.js';
import type { RecipeRun } from '../recipe-run.js';
import { runStage, type StageOutcome } from '../stage-folder.js';
import type { FineTuned } from './fine-tune.js';
import type { Preferences } from './preferences.js';

export interface Optimized {
  /** Folder of the adapter. */
  readonly adapter: string;
  readonly global_step: number;
  readonly tokens: number;
}

/** DPO on top of the SFT adapter, which is also its reference; without one, of a new adapter against the base. */
export const optimize = async (
  run: RecipeRun,
  settings: DpoSettings,
  tuned: StageOutcome<FineTuned> | undefined,
  preferences: StageOutcome<Preferences>,
) => {
  const { recipe, model, runtime, out, terminal, signal } = run;
  const { seed } = recipe;
  const { lora, ...options } = settings;
  const start = tuned
    ? { adapter: tuned.result.adapter, reference: { adapter: tuned.result.adapter } }
    : { lora: lora as Partial<LoraConfig>, reference: 'base' as const };
  return runStage<Optimized>(run, {
    name: 'dpo',
    basis: {
      settings,
      seed,
      model: model.folder,
      sft: tuned?.fingerprint,
      preferences: preferences.fingerprint,
    },
    run: async folder => {
      const progress = trainingProgress(terminal, 'dpo');
      const judged = referenceProgress(terminal);
      const { status, global_step, tokens } = await dpo({
        runtime,
        model,
        tokenizer: model.tokenizer,
        rows: await collect(readRows(preferences.result.file, { as: 'preference' })),
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
  });
};
