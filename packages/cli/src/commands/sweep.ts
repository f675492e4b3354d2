import { join } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { withFolderLock } from '../command-line/output-lock.js';
import { formatSeconds } from '../command-line/terminal.js';
import { pullModel, withRuntime } from '../models/open-model.js';
import { recipeFrom, recipeOptions } from '../recipe/recipe-options.js';
import { runSweep } from '../recipe/sweep/run-sweep.js';
import { sweepTable } from '../recipe/sweep/sweep-frontier.js';
import { sweepAxisOptions, sweepGrid } from '../recipe/sweep/sweep-grid.js';

export const sweep = defineCommand({
  description:
    'Every combination of the values given is run, with each seed; stages that settings have in common are run once. The ' +
    'same command resumes a stopped sweep, also with more values. It ends with a ' +
    'table and a report: harmful compliance against helpfulness, the best trade-off marked.',
  example: `charter sweep quickstart --helpful-ratio 0,0.5,1,2 --beta 0.05,0.1 --out runs/sweep
charter sweep my-recipe.yaml --epochs 1,3 --learning-rate 1e-4,2e-4 --seeds 0,1,2`,
  options: z.object({
    ...recipeOptions,
    ...sweepAxisOptions,
    seeds: z
      .array(z.number().int().nonnegative())
      .min(1)
      .optional()
      .describe("random seeds; each setting is run with each seed; default: the recipe's seed"),
    out: z.string().optional().describe('output folder; default: runs/<name of the recipe>-sweep'),
  }),
  positional: 'recipe',
  async run(options, context) {
    const { terminal } = context;
    const settings = sweepGrid(options);
    const recipe = await recipeFrom(options);
    const out = options.out ?? join('runs', `${recipe.name}-sweep`);
    const begin = performance.now();
    const outcome = await withFolderLock(out, async () => {
      const model = await pullModel(recipe.model, context);
      return withRuntime(options, runtime =>
        runSweep({
          ...context,
          recipe,
          model,
          runtime,
          out,
          settings,
          seeds: [...new Set(options.seeds ?? [recipe.seed])],
        }),
      );
    });
    for (const line of sweepTable(outcome)) terminal.print(line);
    for (const remark of outcome.remarks) terminal.print(remark);
    terminal.note(`Done in ${formatSeconds((performance.now() - begin) / 1000)}. The report:`);
    terminal.print(outcome.report);
  },
});
