import type { LanguageModel } from '@charter/core';
import type { CritiqueRow } from './critique-row.js';

/** Most revisions of a principle that are embedded: enough for a mean, and a bound on the time. */
const MOST = 64;

/**
 * Diversity of the accepted revisions of each principle: 1 − |mean of their embeddings, each of length 1|². 0 means
 * that they all say the same; a principle far below the others makes every answer alike.
 *
 * @param rows rows of `critiqueRevise`
 * @param embed what a text is about, such as `embed` of a local model (its mean hidden state)
 * @returns by principle, for those with at least two revisions; of each the first 64 count
 */
export const revisionDiversity = async (
  rows: Iterable<CritiqueRow> | AsyncIterable<CritiqueRow>,
  embed: NonNullable<LanguageModel['embed']>,
): Promise<Record<string, number>> => {
  const sums = new Map<string, { count: number; sum: Float64Array }>();
  for await (const { steps } of rows) {
    for (const { gate, principle_id, revision } of steps) {
      if (gate !== '' || revision === '') continue;
      const wanted = principlesOf(principle_id).filter(id => (sums.get(id)?.count ?? 0) < MOST);
      if (wanted.length === 0) continue;
      const vector = await embed(revision);
      const length = Math.hypot(...vector) || 1;
      for (const id of wanted) {
        const sum = sums.get(id) ?? { count: 0, sum: new Float64Array(vector.length) };
        sums.set(id, sum);
        sum.count += 1;
        for (let i = 0; i < vector.length; i++) sum.sum[i]! += vector[i]! / length;
      }
    }
  }
  return Object.fromEntries(
    [...sums]
      .filter(([, { count }]) => count > 1)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([id, { count, sum }]) => [id, 1 - sum.reduce((total, x) => total + (x / count) ** 2, 0)]),
  );
};

/** The principles of a step: several at once stand as `a+b`. */
export const principlesOf = (principle_id: string): string[] => principle_id.split('+');
