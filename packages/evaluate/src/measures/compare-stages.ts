import { contentText } from '@charter/core';
import type { Message } from '@charter/generate';
import type { PromptKind } from '../answers/prompt-kind.js';
import { EvaluateError } from '../evaluate-error.js';
import { rulesAgreement } from '../judges/rules-agreement.js';
import { describeVerdict } from '../judges/verdict.js';
import type { Difference, Estimate } from '../statistics/estimate.js';
import { difference, estimate, type IntervalOptions, type MeasureOptions } from './measure-stage.js';
import { type Measure, measures, type StageScores } from './measures.js';

/** A stage's name with what was found out about the model there. */
export interface Stage extends StageScores {
  readonly stage: string;
}

/** A measure over the stages: an entry of `metrics` in @charter/report's data. */
export interface ComparedMeasure extends Pick<Measure, 'name' | 'label' | 'better' | 'description'> {
  unit?: string;
  values: Record<string, Estimate>;
  comparisons: ({ from: string; to: string } & Difference)[];
}

/** A prompt with its answer at each stage: an entry of `samples` in @charter/report's data. */
export interface ComparedAnswers {
  kind: PromptKind;
  prompt: string;
  answers: Record<string, string>;
  outcomes: Record<string, string>;
  flags?: string[];
}

export interface StageComparison {
  stages: string[];
  confidence: number;
  metrics: ComparedMeasure[];
  samples: ComparedAnswers[];
}

/**
 * Compares stages, in order, on the same cases: each with the first one and with the one before it. p values are not
 * corrected for the number of comparisons. The result is a part of @charter/report's data as it is.
 *
 * @param options.judge name of the judge; of `rules` the measured agreement with people is told where it decides
 * @param options.samplesPerKind how many prompts of each kind are shown with their answers; default 50
 * @throws {EvaluateError} when two stages have the same name
 */
export const compareStages = (
  stages: readonly Stage[],
  {
    samplesPerKind = 50,
    judge,
    ...options
  }: MeasureOptions & { samplesPerKind?: number | undefined; judge?: string | undefined } = {},
): StageComparison => {
  const names = stages.map(({ stage }) => stage);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new EvaluateError('this name is there twice; rename one.', { stage: twice });
  return {
    stages: names,
    confidence: options.confidence ?? 0.95,
    metrics: (options.measures ?? measures).flatMap(measure =>
      compareMeasure(measure, stages, options).map(found => ({
        ...found,
        description: restsOnRules(measure, stages, judge)
          ? `${found.description} ${rulesAgreement}`
          : found.description,
      })),
    ),
    samples: compareAnswers(stages, samplesPerKind),
  };
};

/** Measures that count refusals; by a rubric the words of the rubric decide, not the rules alone. */
const countRefusals = new Set([
  'harmful_compliance',
  'helpfulness',
  'over_refusal',
  'helpful_refusal',
  'refusal',
  'evasiveness',
  'borderline_helpfulness',
  'partial_refusals',
]);

const restsOnRules = ({ name }: Measure, stages: readonly Stage[], judge: string | undefined): boolean =>
  judge === 'rules' &&
  countRefusals.has(name) &&
  stages.some(({ answers = [] }) => answers.some(({ verdict }) => verdict.rubric === undefined));

const compareMeasure = (
  measure: Measure,
  stages: readonly Stage[],
  options: IntervalOptions,
): ComparedMeasure[] => {
  const values: Record<string, Estimate> = {};
  for (const stage of stages) {
    const value = estimate(measure, stage, options);
    if (value) values[stage.stage] = value;
  }
  const measured = stages.filter(({ stage }) => values[stage]);
  if (measured.length === 0) return [];
  const comparisons = measured.flatMap((to, i) =>
    [...new Set([measured[0]!, measured[i - 1] ?? to])]
      .filter(from => from !== to)
      .flatMap(from => {
        const change = difference(measure, from, to, options);
        return change ? [{ from: from.stage, to: to.stage, ...change }] : [];
      }),
  );
  const { name, label, better, unit, description } = measure;
  return [{ name, label, better, ...(unit !== undefined && { unit }), description, values, comparisons }];
};

const compareAnswers = (stages: readonly Stage[], samplesPerKind: number): ComparedAnswers[] => {
  const samples = new Map<string, ComparedAnswers>();
  const shown = new Map<PromptKind, number>();
  for (const { stage, answers = [] } of stages) {
    for (const { id, kind, prompt, text, verdict } of answers) {
      let sample = samples.get(id);
      if (!sample) {
        const count = shown.get(kind) ?? 0;
        if (count >= samplesPerKind) continue;
        shown.set(kind, count + 1);
        sample = { kind, prompt: shownPrompt(prompt), answers: {}, outcomes: {} };
        samples.set(id, sample);
      }
      sample.answers[stage] = text;
      sample.outcomes[stage] = describeVerdict(verdict);
      const flags = verdict.flags.map(flag => `${stage}: ${flag}`);
      if (flags.length) sample.flags = [...(sample.flags ?? []), ...flags];
    }
  }
  return [...samples.values()];
};

/** A single question as it is; a longer conversation with its roles. */
const shownPrompt = (prompt: readonly Message[] | string): string => {
  if (typeof prompt === 'string') return prompt;
  if (prompt.length === 1) return contentText(prompt[0]!.content);
  return prompt.map(({ role, content }) => `${role}: ${contentText(content)}`).join('\n\n');
};
