import type { Recipe, RecipeSource } from './recipe.js';

const limited = <Source extends RecipeSource>(source: Source, limit: number): Source => ({
  ...source,
  limit: Math.min(limit, source.limit ?? limit),
});

/** The same recipe on at most `limit` rows of each kind, to try it out. */
export const limitRecipe = (recipe: Recipe, limit: number): Recipe => {
  const { revisions, helpful, preferences, evaluate } = recipe;
  const { harmful, borderline, pairs, robustness } = evaluate;
  return {
    ...recipe,
    revisions:
      revisions.from === 'data'
        ? limited(revisions, limit)
        : { ...revisions, prompts: limited(revisions.prompts, limit) },
    ...(helpful && { helpful: limited(helpful, limit) }),
    preferences: preferences.from === 'data' ? limited(preferences, limit) : preferences,
    evaluate: {
      ...evaluate,
      ...(harmful && { harmful: limited(harmful, limit) }),
      ...(evaluate.helpful && { helpful: limited(evaluate.helpful, limit) }),
      ...(borderline && { borderline: limited(borderline, limit) }),
      ...(pairs && { pairs: limited(pairs, limit) }),
      ...(robustness && { robustness: { ...robustness, attack: limited(robustness.attack, limit) } }),
    },
  };
};
