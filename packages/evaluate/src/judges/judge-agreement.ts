import type { PromptKind } from '../answers/prompt-kind.js';
import { promptKinds } from '../answers/prompt-kind.js';
import { cohenKappa } from '../statistics/cohen-kappa.js';
import type { Estimate } from '../statistics/estimate.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';
import type { JudgedAnswer } from './verdict.js';

/** Agreement of two judges on the same answers to prompts of one kind. */
export interface JudgeAgreement {
  readonly judges: readonly [string, string];
  readonly of: PromptKind;
  /** Part of the answers with the same outcome, with Wilson's interval. */
  readonly agree: Estimate;
  /** Cohen's kappa of the outcomes; absent where both judges know one word only. */
  readonly kappa?: Estimate;
}

/**
 * Compares the judge whose verdicts count with those that gave second opinions, and these with each other.
 *
 * @param name of the judge whose verdicts count
 */
export const judgeAgreement = (
  answers: readonly JudgedAnswer[],
  name: string,
  options: { confidence?: number | undefined } = {},
): JudgeAgreement[] =>
  promptKinds.flatMap(of => {
    const ofKind = answers.filter(({ kind }) => kind === of);
    const judges = [name, ...new Set(ofKind.flatMap(answer => Object.keys(answer.second_opinions ?? {})))];
    const outcome = (answer: JudgedAnswer, judge: string) =>
      judge === name ? answer.verdict.outcome : answer.second_opinions?.[judge]?.outcome;
    return judges.flatMap((one, i) =>
      judges.slice(i + 1).flatMap((other): JudgeAgreement[] => {
        const both = ofKind.flatMap(answer => {
          const [a, b] = [outcome(answer, one), outcome(answer, other)];
          return a && b ? [[a, b] as const] : [];
        });
        if (both.length === 0) return [];
        const same = both.filter(([a, b]) => a === b).length;
        const kappa = cohenKappa(
          both.map(([a]) => a),
          both.map(([, b]) => b),
          options,
        );
        return [
          {
            judges: [one, other],
            of,
            agree: wilsonInterval(same, both.length, options),
            ...(kappa && { kappa }),
          },
        ];
      }),
    );
  });
