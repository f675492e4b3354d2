import { renderTable } from '@charter/report';
import { liveRun } from './live-run.js';
import type { RecipeRun } from './recipe-run.js';
import { answerAgain } from './stages/answer-again.js';
import { assess } from './stages/assess.js';
import { endure } from './stages/endure.js';
import { fineTune } from './stages/fine-tune.js';
import { optimize } from './stages/optimize.js';
import { prefer } from './stages/preferences.js';
import { revise } from './stages/revise.js';
import { type RunSoFar, reportData, writeReportFiles } from './write-report.js';

/** All stages of a recipe, in the paper's order, each measured: what is there already is not made again. */
export const runStages = async (run: RecipeRun): Promise<RunSoFar> => {
  const started = new Date().toISOString();
  const base = await assess(run, 'base', undefined);
  const revisions = await revise(run);
  const { sft, dpo } = run.recipe;
  const tuned = sft ? await fineTune(run, sft, revisions) : undefined;
  const afterSft = tuned && (await assess(run, 'sft', tuned));
  const preferences = dpo ? await prefer(run, revisions, tuned) : undefined;
  const optimized = dpo && preferences && (await optimize(run, dpo, tuned, preferences));
  const afterDpo = optimized && (await assess(run, 'dpo', optimized));
  const again = await answerAgain(run, revisions, { sft: tuned, dpo: optimized || undefined });
  const { robustness } = run.recipe.evaluate;
  const trained = optimized || tuned;
  const endured = robustness && trained && (await endure(run, robustness, trained));
  return {
    started,
    finished: new Date().toISOString(),
    revisions,
    ...(tuned && { tuned }),
    ...(preferences && { preferences }),
    ...(optimized && { optimized }),
    ...(again && { again }),
    ...(endured && { endured }),
    assessments: { base, ...(afterSft && { sft: afterSft }), ...(afterDpo && { dpo: afterDpo }) },
  };
};

/**
 * Runs a recipe, writes its report, and prints the head of it. A run that ends with an error, as when no revision passed
 * the gates, leaves the report of what was done, which shows why.
 *
 * @returns path of the report
 */
export const runRecipe = async (run: RecipeRun): Promise<string> => {
  const live = liveRun();
  const onStage: RecipeRun['onStage'] = event => {
    live.onStage(event);
    run.onStage?.(event);
  };
  const soFar = await runStages({ ...run, onStage }).catch(async error => {
    const done = live.soFar();
    if (!run.signal.aborted && done.revisions) {
      const report = await writeReportFiles(run.out, await reportData(run, done));
      run.terminal.note(
        `The run ends early. What was done until then, and what the gates stopped: ${report}`,
      );
    }
    throw error;
  });
  const data = await reportData(run, soFar);
  const table = renderTable(data);
  if (table) run.terminal.note(`\n${table}\n`);
  return writeReportFiles(run.out, data);
};
