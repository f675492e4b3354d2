import { renderTable } from '@charter/report';
import type { Recipe } from './recipe.js';
import type { RecipeRun } from './recipe-run.js';
import { runStage } from './run-stage.js';
import type { RunState } from './run-state.js';
import { stages } from './stages.js';
import { reportData, writeReportFiles } from './write-report.js';

export interface RecipeRequest extends RecipeRun<Recipe> {
  /** Called when a stage begins and when it is done. */
  readonly onStage?: ((state: RunState) => void) | undefined;
}

/** The state of a run that has not begun. */
export const newRun = (): RunState => ({ started: new Date().toISOString(), outcomes: {}, folders: {} });

/** Runs all stages of a recipe; a stage that is done is not run again. */
export const runStages = async ({ onStage, ...run }: RecipeRequest): Promise<RunState> => {
  let state = newRun();
  const update = (change: Partial<RunState>) => {
    state = { ...state, ...change };
    onStage?.(state);
  };
  for (const stage of stages) {
    const { outcomes, folders } = state;
    const work = await stage.prepare({ ...run, outcomes, folders });
    if (!work) continue;
    const begun = (folder: string) => update({ folders: { ...folders, [stage.id]: folder } });
    const outcome = await runStage<unknown>(run, { id: stage.id, ...work }, begun);
    update({ outcomes: { ...outcomes, [stage.id]: outcome } });
  }
  return { ...state, finished: new Date().toISOString() };
};

/**
 * Runs a recipe, writes its report, and prints the head of it. A run that ends with an error, as when no revision passed
 * the gates, leaves the report of what was done, which shows why.
 *
 * @returns path of the report
 */
export const runRecipe = async (run: RecipeRequest): Promise<string> => {
  let done = newRun();
  const onStage = (state: RunState) => {
    done = state;
    run.onStage?.(state);
  };
  const state = await runStages({ ...run, onStage }).catch(async error => {
    if (!run.signal.aborted && done.outcomes.critique) {
      // A disk that is full must not hide the error that ended the run.
      const report = await writeReportFiles(run.out, await reportData(run, done)).catch(() => undefined);
      if (report) {
        run.terminal.note(
          `The run ended early. Report of the stages that are done, and of what the gates rejected: ${report}`,
        );
      }
    }
    throw error;
  });
  const data = await reportData(run, state);
  const table = renderTable(data);
  if (table) run.terminal.note(`\n${table}\n`);
  return writeReportFiles(run.out, data);
};
