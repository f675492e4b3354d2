import { readJsonl } from '@charter/core/node';
import { type CritiqueRow, type CritiqueSummary, revisionDiversity } from '@charter/critique';
import type { LanguageModel } from '@charter/generate';

/** The summary with how different each principle's accepted revisions are from each other. */
export const withSpread = async (
  summary: CritiqueSummary,
  embed: NonNullable<LanguageModel['embed']>,
): Promise<CritiqueSummary> => {
  const rows = readJsonl(summary.out) as AsyncIterable<unknown> as AsyncIterable<CritiqueRow>;
  const spread = await revisionDiversity(rows, embed);
  const principles = Object.entries(summary.principles).map(([id, principle]) => [
    id,
    { ...principle, ...(spread[id] !== undefined && { spread: spread[id] }) },
  ]);
  return { ...summary, principles: Object.fromEntries(principles) };
};
