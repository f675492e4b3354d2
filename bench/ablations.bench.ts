/**
 * Recipe `charter-tiny` with one part left out or changed: the effect of each part.
 *
 *   pnpm bench ablations [seeds=0,1,2]
 */

import type { Recipe } from '../packages/cli/src/recipe/recipe.js';
import { gateNames } from '../packages/critique/src/index.js';
import { figuresTable, overSeeds, runTinyRecipes, seedsOf } from './tiny-runs.js';

type Critique = Extract<Recipe['critique'], { from: 'prompts' }>;
const withCritique = (recipe: Recipe, change: Partial<Critique>): Recipe => ({
  ...recipe,
  critique: { ...(recipe.critique as Critique), ...change },
});

const variants: Record<string, (recipe: Recipe) => Recipe> = {
  'the recipe': recipe => recipe,
  'no critique (direct revision)': recipe => withCritique(recipe, { mode: 'direct' }),
  'no helpful mix': recipe => ({ ...recipe, helpful: undefined }),
  'SFT only': recipe => ({ ...recipe, dpo: false }),
  'DPO only': recipe => ({ ...recipe, sft: false }),
  '4 revisions in a row': recipe => withCritique(recipe, { revisions: 4 }),
  'without gates': recipe =>
    withCritique(recipe, {
      gates: Object.fromEntries(gateNames.map(name => [name, false])) as Critique['gates'],
    }),
};

const runs = await runTinyRecipes(variants, seedsOf(process.argv, '0,1,2'));
console.log(
  figuresTable([
    ['before', overSeeds(runs.map(run => run.before))],
    ...Object.keys(variants).map(
      label => [label, overSeeds(runs.filter(run => run.label === label).map(run => run.after))] as const,
    ),
  ]),
);
