import {
  type AnswersByCondition,
  compareConditions,
  type JudgedAnswer,
  judgeAgreement,
  promptVariants,
} from '@charter/evaluate';
import type { ReportData } from '@charter/report';
import { robustnessConditions } from '../evaluation/measure-robustness.js';

type Section = NonNullable<ReportData['sensitivity']>;

/** Measures under conditions as the report shows them, each stage's values side by side. */
const conditionsSection = (
  stages: Readonly<Record<string, AnswersByCondition>>,
  describe: (condition: string) => string | undefined,
  seed: number,
): Section => {
  const found = Object.entries(stages).flatMap(([stage, answers]) =>
    compareConditions(answers, { seed }).map(measure => ({ stage, measure })),
  );
  const names = [...new Set(found.map(({ measure }) => measure.name))];
  return names.map(name => {
    const ofStages = found.filter(({ measure }) => measure.name === name);
    const { label, better, unit, conditions } = ofStages[0]!.measure;
    return {
      metric: { label, better, ...(unit !== undefined && { unit }) },
      conditions: Object.keys(conditions).map(condition => {
        const description = describe(condition);
        const values = ofStages.flatMap(({ stage, measure }) => {
          const value = measure.conditions[condition];
          return value ? [[stage, value] as const] : [];
        });
        return {
          label: condition,
          ...(description !== undefined && { description }),
          values: Object.fromEntries(values),
        };
      }),
      spread: Object.fromEntries(ofStages.map(({ stage, measure }) => [stage, measure.spread])),
    };
  });
};

/** Spread of measures over phrasings, at each stage. */
export const sensitivitySection = (stages: Readonly<Record<string, AnswersByCondition>>, seed: number) =>
  conditionsSection(
    stages,
    name => (promptVariants as Record<string, { description: string }>)[name]?.description,
    seed,
  );

/** Measures after each attack on the training, under the name of the stage that was attacked. */
export const robustnessSection = (stage: string, answers: AnswersByCondition, seed: number) =>
  conditionsSection(
    { [stage]: answers },
    name => (robustnessConditions as Record<string, string>)[name],
    seed,
  ).map(({ spread: _, ...section }) => section);

/** Agreement of judges over all stages, for each kind of prompt. */
export const judgesSection = (
  answers: readonly JudgedAnswer[],
  judge: string,
): NonNullable<ReportData['judges']> =>
  judgeAgreement(answers, judge).map(({ judges: [one, other], of, agree, kappa }) => ({
    judges: [one, other],
    of: `${of} prompts, all stages`,
    agree,
    ...(kappa && {
      kappa: kappa.value,
      ...(kappa.low !== undefined &&
        kappa.high !== undefined && { kappa_interval: { low: kappa.low, high: kappa.high } }),
    }),
  }));
