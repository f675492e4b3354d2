import type { RecipeRun } from './recipe-run.js';
import { assess } from './stages/assess.js';
import { fineTune } from './stages/fine-tune.js';
import { optimize } from './stages/optimize.js';
import { prefer } from './stages/preferences.js';
import { revise } from './stages/revise.js';
import { type FinishedRun, reportData, writeReportFiles } from './write-report.js';

/** All stages of a recipe, in the paper's order, each measured: what is there already is not made again. */
export const runStages = async (run: RecipeRun): Promise<FinishedRun> => {
  const started = new Date().toISOString();
  const base = await assess(run, 'base', undefined);
  const revisions = await revise(run);
  const tuned = await fineTune(run, revisions);
  const afterSft = await assess(run, 'sft', tuned);
  const preferences = await prefer(run, revisions, tuned);
  const optimized = await optimize(run, tuned, preferences);
  const afterDpo = await assess(run, 'dpo', optimized);
  return {
    started,
    revisions,
    tuned,
    preferences,
    optimized,
    assessments: { base, sft: afterSft, dpo: afterDpo },
  };
};

/**
 * Runs a recipe and writes its report.
 * @returns path of the report
 */
export const runRecipe = async (run: RecipeRun): Promise<string> =>
  writeReportFiles(run.out, await reportData(run, await runStages(run)));
