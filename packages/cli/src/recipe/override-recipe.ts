import { CliError } from '../command-line/cli-error.js';
import type { RowSource } from '../data/row-source.js';
import type { Recipe } from './recipe.js';

/** Settings of a recipe that the command line may replace. */
export interface Overrides {
  readonly model?: string | undefined;
  readonly constitution?: string | undefined;
  readonly prompts?: string | undefined;
  readonly helpful?: string | undefined;
  readonly pairs?: string | undefined;
  readonly 'eval-pairs'?: string | undefined;
  /** Number of `pairs`, from the first on, that are held out for evaluation. */
  readonly 'hold-out'?: number | undefined;
  readonly seed?: number | undefined;
}

/** A file in place of a source's own: its split is another dataset's, its limit stays. */
const replaced = <Source extends RowSource>(source: Source, data: string | undefined): Source =>
  data === undefined ? source : { ...source, data, split: undefined, skip: 0 };

/** The recipe with what the command line says in place of its own. */
export const overrideRecipe = (recipe: Recipe, overrides: Overrides): Recipe => {
  const { critique, helpful, label, evaluate } = recipe;
  const { model, constitution, seed, pairs } = overrides;
  const heldOut = overrides['hold-out'];
  if (heldOut !== undefined && (pairs === undefined || overrides['eval-pairs'] !== undefined)) {
    throw new CliError('--hold-out takes pairs from --pairs, and is not needed with --eval-pairs.');
  }
  const evalPairs = heldOut === undefined ? overrides['eval-pairs'] : pairs;
  return {
    ...recipe,
    ...(model !== undefined && { model }),
    ...(constitution !== undefined && { constitution }),
    ...(seed !== undefined && { seed }),
    critique:
      critique.from === 'data'
        ? replaced(critique, overrides.prompts)
        : { ...critique, prompts: replaced(critique.prompts, overrides.prompts) },
    ...(helpful
      ? { helpful: replaced(helpful, overrides.helpful) }
      : overrides.helpful !== undefined && { helpful: { data: overrides.helpful, skip: 0, ratio: 1 } }),
    label:
      pairs === undefined
        ? label
        : {
            from: 'data',
            data: pairs,
            skip: heldOut ?? 0,
            limit: label.from === 'data' ? label.limit : undefined,
          },
    evaluate: {
      ...evaluate,
      ...(evalPairs !== undefined && {
        pairs: {
          ...replaced(evaluate.pairs ?? { data: evalPairs, skip: 0 }, evalPairs),
          ...(heldOut !== undefined && { limit: heldOut }),
        },
      }),
    },
  };
};
