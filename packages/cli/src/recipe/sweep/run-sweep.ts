import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../../command-line/cli-error.js';
import { type RecipeRequest, runStages } from '../run-recipe.js';
import { reportData, titleOf, writeReportFiles } from '../write-report.js';
import { type SweepFrontier, type SweepResult, sweepFrontier } from './sweep-frontier.js';
import type { SweepSetting } from './sweep-grid.js';

export interface SweepRequest extends Omit<RecipeRequest, 'foldersBy'> {
  readonly settings: readonly SweepSetting[];
  readonly seeds: readonly number[];
}

export interface SweepOutcome extends SweepFrontier {
  /** Path of the page. */
  readonly report: string;
}

/**
 * Runs a recipe once for each setting and seed. Stages that several runs have in common are run once and lie in
 * `<out>/stages`; each run has its own report in `<out>/<setting>`, and the sweep's, which is written anew after each
 * run, lies in `out`.
 *
 * @throws {CliError} when the recipe does not measure what a sweep compares
 */
export const runSweep = async ({ settings, seeds, ...run }: SweepRequest): Promise<SweepOutcome> => {
  const { recipe, terminal, out } = run;
  const { harmful, helpful } = recipe.evaluate;
  if (!harmful || !helpful) {
    throw new CliError(
      'A sweep compares answers to evaluate.harmful and evaluate.helpful: the recipe needs both.',
    );
  }
  // Before hours of training: a setting that does not fit the recipe says so here.
  const recipes = settings.map(setting => setting.apply(recipe));
  const results: SweepResult[] = [];
  let outcome: SweepOutcome | undefined;
  for (const seed of seeds) {
    for (const [i, { label, folder }] of settings.entries()) {
      terminal.note(
        `Run ${results.length + 1} of ${seeds.length * settings.length}: ${label}${seeds.length > 1 ? `, seed ${seed}` : ''}`,
      );
      const one: RecipeRequest = {
        ...run,
        recipe: { ...(recipes[i] as RecipeRequest['recipe']), seed },
        out: join(out, 'stages'),
        foldersBy: 'fingerprint',
      };
      const own = join(out, seeds.length > 1 ? `${folder}_seed-${seed}` : folder);
      const data = await reportData(one, await runStages(one));
      const titled = { ...data, title: `${data.title}, ${label}` };
      await mkdir(own, { recursive: true });
      await writeReportFiles(own, titled);
      results.push({ label, seed, data });
      outcome = await writeSweepReport(run, results);
    }
  }
  return outcome as SweepOutcome;
};

/** The sweep's report: the frontier, and everything that the best trade-off's own report shows. */
const writeSweepReport = async (
  { recipe, model, out }: Pick<RecipeRequest, 'recipe' | 'model' | 'out'>,
  results: readonly SweepResult[],
): Promise<SweepOutcome> => {
  const found = sweepFrontier(results);
  const shown = results.find(({ label }) => label === found.best) as SweepResult;
  const settings = new Set(results.map(({ label }) => label)).size;
  const report = await writeReportFiles(out, {
    ...shown.data,
    title: `${titleOf({ recipe, model })}, ${settings} setting${settings === 1 ? '' : 's'}`,
    description: `${results.length} runs. All but the plot of settings is about the best trade-off: ${found.best}, seed ${shown.seed}.`,
    frontier: found.frontier,
  });
  return { ...found, report };
};
