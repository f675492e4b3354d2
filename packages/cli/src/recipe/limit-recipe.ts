import type { RowSource } from '../data/row-source.js';
import type { Recipe } from './recipe.js';

/** The same recipe on at most `limit` rows of each source, to try it out. */
export const limitRecipe = (recipe: Recipe, limit: number): Recipe => limited(recipe, limit);

/** Every source in a recipe is an object with `data`, wherever it stands. */
const limited = <T>(value: T, limit: number): T => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, limited(inner, limit)]);
  const all = Object.fromEntries(entries) as T;
  return isSource(all) ? { ...all, limit: Math.min(limit, all.limit ?? limit) } : all;
};

const isSource = (value: unknown): value is RowSource => typeof (value as RowSource).data === 'string';
