/** Runs of the recipe `charter-tiny` over variants and seeds, and their measures. */
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { createTerminal } from '../packages/cli/src/command-line/terminal.js';
import { pullModel, withRuntime } from '../packages/cli/src/models/open-model.js';
import { loadRecipe } from '../packages/cli/src/recipe/load-recipe.js';
import type { Recipe } from '../packages/cli/src/recipe/recipe.js';
import { runStages } from '../packages/cli/src/recipe/run-recipe.js';
import { meanOverSeeds } from '../packages/cli/src/recipe/sweep/sweep-frontier.js';
import { reportData } from '../packages/cli/src/recipe/write-report.js';
import type { Estimate } from '../packages/evaluate/src/index.js';

/** Measures shown in the tables, and their column titles. */
export const shown = {
  harmful_compliance: 'harmful complied',
  right_reason: 'right reason given',
  helpfulness: 'helpful, right',
  over_refusal: 'borderline refused',
} as const;

export type ShownMeasure = keyof typeof shown;
export type Figures = Readonly<Record<ShownMeasure, Estimate>>;

/** Measures of one run: before training, and after the last stage. */
export interface TinyRun {
  readonly label: string;
  readonly seed: number;
  readonly before: Figures;
  readonly after: Figures;
}

/**
 * Runs the recipe once for each variant and seed; common stages are run once. An interrupted run is resumed.
 *
 * @param variants each variant's change of the recipe, by its label
 */
export const runTinyRecipes = async (
  variants: Readonly<Record<string, (recipe: Recipe) => Recipe>>,
  seeds: readonly number[],
): Promise<TinyRun[]> => {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  process.once('SIGINT', () => stop.abort());
  const context = { terminal: createTerminal(), signal: stop.signal };
  const recipe = await loadRecipe('charter-tiny');
  const model = await pullModel(recipe.model, context);
  return withRuntime({}, async runtime => {
    const runs: TinyRun[] = [];
    for (const seed of seeds) {
      for (const [label, change] of Object.entries(variants)) {
        context.terminal.note(`\n${label}, seed ${seed}`);
        const run = {
          ...context,
          recipe: { ...change(recipe), seed },
          model,
          runtime,
          out: join('runs', 'bench-charter-tiny'),
          foldersBy: 'fingerprint' as const,
        };
        const { metrics = [], stages } = await reportData(run, await runStages(run));
        const at = (stage: string) =>
          Object.fromEntries(
            Object.keys(shown).map(name => [
              name,
              metrics.find(metric => metric.name === name)!.values[stage] as Estimate,
            ]),
          ) as Figures;
        runs.push({ label, seed, before: at('base'), after: at(stages!.at(-1)!) });
      }
    }
    return runs;
  });
};

/** Mean over seeds, with an interval that contains every seed's value. */
export const overSeeds = (runs: readonly Figures[]): Figures =>
  Object.fromEntries(
    Object.keys(shown).map(name => [name, meanOverSeeds(runs.map(run => run[name as ShownMeasure]))]),
  ) as Figures;

const percent = (value: number) => `${(100 * value).toFixed(1)}`;

/** `97.5 % (94–99, n 200)` */
export const formatEstimate = ({ value, low, high, n }: Estimate): string =>
  `${percent(value)} % (${percent(low ?? value)}–${percent(high ?? value)}, n ${n})`;

/** Markdown table with a row for each entry. */
export const figuresTable = (rows: readonly (readonly [string, Figures])[]): string =>
  [
    `| | ${Object.values(shown).join(' | ')} |`,
    `| --- |${' --- |'.repeat(Object.keys(shown).length)}`,
    ...rows.map(
      ([label, figures]) =>
        `| ${label} | ${Object.keys(shown)
          .map(name => formatEstimate(figures[name as ShownMeasure]))
          .join(' | ')} |`,
    ),
  ].join('\n');

/** `seeds=0,1,2` of the command line. */
export const seedsOf = (argv: readonly string[], fallback: string): number[] =>
  (argv.find(arg => arg.startsWith('seeds='))?.slice('seeds='.length) ?? fallback).split(',').map(Number);
