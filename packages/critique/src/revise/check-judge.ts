import type { LanguageModel } from '@charter/core';
import type { Constitution } from '../constitution/constitution.js';
import { CritiqueError } from '../critique-error.js';
import type { CritiqueSettings } from './critique-settings.js';

/** True when settings need a judge. */
export const needsJudge = ({ samples, judge_revisions }: CritiqueSettings): boolean =>
  samples > 1 || judge_revisions;

/** @throws {CritiqueError} when a judge cannot compare answers, or the constitution does not say by what */
export const checkJudge = (judge: LanguageModel, { principles, file }: Constitution): void => {
  if (!judge.score) {
    throw new CritiqueError(
      `${judge.name} gives no log-probabilities, which choosing and judging need; give another judge, or samples: 1 and judge_revisions: false`,
    );
  }
  const without = principles.find(({ comparison }) => comparison === undefined);
  if (without) {
    throw new CritiqueError(
      `the principle ${JSON.stringify(without.id)} has no \`comparison\` question, which the judge is asked`,
      { file },
    );
  }
};
