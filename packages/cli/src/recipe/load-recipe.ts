import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { readLocatedYaml } from '@charter/critique';
import { CliError } from '../command-line/cli-error.js';
import { type Recipe, recipeSchema } from './recipe.js';

// By the package's name: this file lies deeper in the sources than in what is built.
const ownPackage = createRequire(import.meta.url).resolve('@charter/cli/package.json');
const shippedFolder = join(dirname(ownPackage), 'recipes');

/** Names of the recipes that ship. */
export const shippedRecipes = (): string[] => readdirSync(shippedFolder).map(file => basename(file, '.yaml'));

/**
 * Reads a recipe.
 * @param pathOrName a YAML file, or the name of a recipe that ships
 * @throws an error with file and line of the first mistake
 */
export const loadRecipe = async (pathOrName: string): Promise<Recipe> => {
  const yaml = await readLocatedYaml(findRecipe(pathOrName));
  return yaml.check(recipeSchema);
};

const findRecipe = (pathOrName: string): string => {
  if (existsSync(pathOrName)) return pathOrName;
  const names = shippedRecipes();
  if (names.includes(pathOrName)) return join(shippedFolder, `${pathOrName}.yaml`);
  throw new CliError(
    `${pathOrName}: there is no such file, and no recipe of that name; those that ship: ${names.join(', ')}.`,
  );
};
