import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLocatedYaml } from '@charter/critique';
import { CliError } from '../cli-error.js';
import { type Recipe, recipeSchema } from './recipe.js';

const shippedFolder = fileURLToPath(new URL('../../recipes/', import.meta.url));

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
