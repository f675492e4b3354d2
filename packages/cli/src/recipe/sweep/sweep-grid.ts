import { z } from 'zod';
import { CliError } from '../../command-line/cli-error.js';
import type { Recipe } from '../recipe.js';
import type { DpoSettings } from '../stages/dpo.js';
import type { SftSettings } from '../stages/sft.js';

interface SweepAxis {
  readonly description: string;
  readonly values: z.ZodArray<z.ZodNumber>;
  apply(recipe: Recipe, value: number): Recipe;
}

const numbers = (number: z.ZodNumber) => z.array(number).min(1);

const withSft = (recipe: Recipe, change: Partial<SftSettings>): Recipe => {
  if (!recipe.sft) throw new CliError('The recipe has `sft: false`: there is nothing of SFT to vary.');
  return { ...recipe, sft: { ...recipe.sft, ...change } };
};
const withDpo = (recipe: Recipe, change: Partial<DpoSettings>): Recipe => {
  if (!recipe.dpo) throw new CliError('The recipe has `dpo: false`: there is nothing of DPO to vary.');
  return { ...recipe, dpo: { ...recipe.dpo, ...change } };
};

/** Settings that a sweep may vary: one row a flag. */
const axes = {
  'helpful-ratio': {
    description: 'helpful rows per revision in SFT; 0 mixes none in',
    values: numbers(z.number().nonnegative()),
    apply: (recipe, ratio) => {
      if (ratio === 0) return { ...recipe, helpful: undefined };
      if (recipe.helpful) return { ...recipe, helpful: { ...recipe.helpful, ratio } };
      throw new CliError(
        `--helpful-ratio ${ratio}: the recipe has no helpful answers to mix in; give --helpful.`,
      );
    },
  },
  epochs: {
    description: 'num_train_epochs of SFT',
    values: numbers(z.number().positive()),
    apply: (recipe, epochs) => withSft(recipe, { num_train_epochs: epochs }),
  },
  'learning-rate': {
    description: 'learning_rate of SFT',
    values: numbers(z.number().positive()),
    apply: (recipe, rate) => withSft(recipe, { learning_rate: rate }),
  },
  beta: {
    description: 'beta of DPO: strength of the pull towards the SFT model',
    values: numbers(z.number().positive()),
    apply: (recipe, beta) => withDpo(recipe, { beta }),
  },
  'dpo-epochs': {
    description: 'num_train_epochs of DPO',
    values: numbers(z.number().positive()),
    apply: (recipe, epochs) => withDpo(recipe, { num_train_epochs: epochs }),
  },
  'dpo-learning-rate': {
    description: 'learning_rate of DPO',
    values: numbers(z.number().positive()),
    apply: (recipe, rate) => withDpo(recipe, { learning_rate: rate }),
  },
} as const satisfies Record<string, SweepAxis>;

type AxisName = keyof typeof axes;
const axisNames = Object.keys(axes) as AxisName[];

/** The flags of a sweep: a list of values for each thing that it may vary. */
export const sweepAxisOptions = Object.fromEntries(
  axisNames.map(name => [name, axes[name].values.optional().describe(axes[name].description)]),
) as Record<AxisName, z.ZodOptional<z.ZodArray<z.ZodNumber>>>;

/** One point of the grid. */
export interface SweepSetting {
  /** `helpful-ratio 1, beta 0.1` */
  readonly label: string;
  /** The same as a folder's name. */
  readonly folder: string;
  apply(recipe: Recipe): Recipe;
}

/**
 * Every combination of the values given; those of the first flag vary slowest.
 * @throws {CliError} when no flag has values
 */
export const sweepGrid = (
  given: Readonly<Partial<Record<AxisName, readonly number[] | undefined>>>,
): SweepSetting[] => {
  const varied = axisNames.filter(name => given[name]?.length);
  if (varied.length === 0) {
    throw new CliError(
      `There is nothing to vary: give values for at least one of ${axisNames.map(name => `--${name}`).join(', ')}.`,
    );
  }
  const combinations = varied.reduce<(readonly [AxisName, number])[][]>(
    (accumulated, name) =>
      accumulated.flatMap(chosen =>
        [...new Set(given[name])].map(value => [...chosen, [name, value] as const]),
      ),
    [[]],
  );
  return combinations.map(chosen => ({
    label: chosen.map(([name, value]) => `${name} ${value}`).join(', '),
    folder: chosen.map(([name, value]) => `${name}-${value}`).join('_'),
    apply: recipe => chosen.reduce((changed, [name, value]) => axes[name].apply(changed, value), recipe),
  }));
};
