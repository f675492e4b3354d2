import { join } from 'node:path';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';
import { withFolderLock } from '../command-line/output-lock.js';
import { formatSeconds } from '../command-line/terminal.js';
import { pullModel, withRuntime } from '../models/open-model.js';
import { recipeFrom, recipeOptions } from '../recipe/recipe-options.js';
import { runRecipe } from '../recipe/run-recipe.js';
import { watchRun } from '../watch/watch-run.js';

const WATCH_PORT = 7411;

export const run = defineCommand({
  description:
    'A recipe is a YAML file, or one that ships: charter-tiny, quickstart, original-mistral-7b, paper. The same command ' +
    'resumes a stopped run; a stage whose settings changed is run again, and its earlier result is kept.',
  example: `charter run
charter run --model smollm2-135m-instruct
charter run paper --model smollm2-135m-instruct --limit 20 --out runs/trial
charter run quickstart --watch
charter run quickstart --pairs hh-rlhf.jsonl.gz --hold-out 200 --limit 300`,
  options: z.object({
    ...recipeOptions,
    seed: z.number().int().min(0).optional().describe("random seed in place of the recipe's"),
    out: z.string().optional().describe('output folder; default: runs/<name of the recipe>'),
    watch: z.boolean().default(false).describe('serve the report at a local address during the run'),
    port: z
      .number()
      .int()
      .min(0)
      .max(65535)
      .optional()
      .describe(`port of --watch; default: ${WATCH_PORT}, or a free one where it is in use`),
  }),
  positional: 'recipe',
  async run(options, context) {
    if (options.port !== undefined && !options.watch) {
      throw new CliError('--port needs --watch: give --watch as well.');
    }
    const recipe = await recipeFrom(options);
    const out = options.out ?? join('runs', recipe.name);
    const begin = performance.now();
    context.terminal.note(`Recipe ${recipe.name} with ${recipe.model}, into ${out}`);
    const report = await withFolderLock(out, async () => {
      const model = await pullModel(recipe.model, context);
      return withRuntime(options, runtime => {
        const wanted = { ...context, recipe, model, runtime, out };
        return options.watch
          ? watchRun(wanted, { port: options.port ?? WATCH_PORT }, runRecipe)
          : runRecipe(wanted);
      });
    });
    context.terminal.note(`Done in ${formatSeconds((performance.now() - begin) / 1000)}. The report:`);
    context.terminal.print(report);
  },
});
