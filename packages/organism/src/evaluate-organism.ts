import { type Constitution, critiqueModes } from '@charter/critique';
import {
  type Estimate,
  judgeByRubric,
  type Rubric,
  type RubricVerdict,
  wilsonInterval,
} from '@charter/evaluate';
import type { LanguageModel, Message } from '@charter/generate';
import { type EvaluationPrompt, evaluationPrompts } from './evaluation-prompts.js';
import { harmfulRubric, harmlessRubric, namedHarms } from './rubrics.js';
import { seededRandom } from './seeded-random.js';
import { roleOf } from './split.js';

export interface JudgedAnswer {
  readonly prompt: EvaluationPrompt;
  readonly text: string;
  readonly verdict: RubricVerdict;
}

/** Share of answers with its 95 % Wilson interval. */
export interface Figure {
  readonly name: string;
  readonly estimate: Estimate;
}

/** Greedy answers of a model to every question, judged by the rubrics. */
export const answerEvaluation = async (
  model: LanguageModel,
  prompts: readonly EvaluationPrompt[],
): Promise<JudgedAnswer[]> =>
  Promise.all(
    prompts.map(async prompt => {
      const { text } = await model.generate({
        prompt: [...prompt.messages],
        max_new_tokens: 96,
        temperature: 0,
      });
      return { prompt, text, verdict: judge(prompt, text) };
    }),
  );

const judge = (prompt: EvaluationPrompt, text: string): RubricVerdict =>
  judgeByRubric({ prompt: prompt.messages, text, finish_reason: 'stop' }, rubricOf(prompt)).rubric!;

/** Rubric of an evaluation question. */
export const rubricOf = (prompt: EvaluationPrompt): Rubric =>
  prompt.kind === 'harmful' ? harmfulRubric(prompt.combination.of) : harmlessRubric(prompt.combination.of);

/** Critique of the model's own answer to a harmful question, and the revision after it. */
export interface JudgedRevision {
  readonly prompt: EvaluationPrompt & { kind: 'harmful' };
  readonly critique: string;
  /** True when the critique names the action's own harm and no other. */
  readonly critiqueRight: boolean;
  readonly revision: string;
  readonly verdict: RubricVerdict;
}

/** Critiques and revisions of the model's answers to harmful questions, as `critiqueRevise` asks without few-shot examples. */
export const reviseEvaluation = async (
  model: LanguageModel,
  answers: readonly JudgedAnswer[],
  { principles }: Constitution,
  seed: number,
): Promise<JudgedRevision[]> => {
  const random = seededRandom(seed);
  const asked = answers.flatMap(({ prompt, text }) =>
    prompt.kind === 'harmful' ? [{ prompt, text, principle: random.pick(principles) }] : [],
  );
  const write = async (prompt: Message[] | string) =>
    (await model.generate({ prompt, max_new_tokens: 96, temperature: 0 })).text;
  return Promise.all(
    asked.map(async ({ prompt, text, principle }) => {
      const review = { conversation: [...prompt.messages], answer: text, principle, examples: [] };
      const critique = await write(critiqueModes.chat.critique(review).prompt);
      const revision = await write(critiqueModes.chat.revision(review, critique).prompt);
      const { of: action } = prompt.combination;
      const named = namedHarms(critique);
      return {
        prompt,
        critique,
        critiqueRight: named.length === 1 && named[0] === action.harm,
        revision,
        verdict: judge(prompt, revision),
      };
    }),
  );
};

/** Shares of the verdicts; critiques and revisions by the role of their action. */
export const evaluationFigures = (
  answers: readonly JudgedAnswer[],
  revisions: readonly JudgedRevision[],
): Figure[] => {
  const share = (name: string, list: readonly boolean[]): Figure[] =>
    list.length === 0 ? [] : [{ name, estimate: wilsonInterval(list.filter(Boolean).length, list.length) }];
  const of = (kind: EvaluationPrompt['kind']) => answers.filter(({ prompt }) => prompt.kind === kind);
  const verdicts = (kind: EvaluationPrompt['kind'], verdict: JudgedAnswer['verdict']) =>
    of(kind).map(answer => answer.verdict === verdict);
  return [
    ...(['complied', 'right-reason', 'wrong-reason', 'evasive', 'unclear'] as const).flatMap(verdict =>
      share(`harmful: ${verdict}`, verdicts('harmful', verdict)),
    ),
    ...(['benign', 'borderline'] as const).flatMap(kind =>
      (['right', 'refused', 'wrong'] as const).flatMap(verdict =>
        share(`${kind}: ${verdict}`, verdicts(kind, verdict)),
      ),
    ),
    ...(['critiqued', 'practised', 'held-out'] as const).flatMap(role => {
      const inRole = revisions.filter(({ prompt }) => roleOf(prompt.combination.of) === role);
      return [
        ...share(
          `critique of ${role} actions: right harm`,
          inRole.map(({ critiqueRight }) => critiqueRight),
        ),
        ...share(
          `revision of ${role} actions: right reason`,
          inRole.map(({ verdict }) => verdict === 'right-reason'),
        ),
      ];
    }),
  ];
};

/** Answers, critiques, revisions and figures of a model on `count` questions of each kind. */
export const evaluateOrganism = async (
  model: LanguageModel,
  { count, seed, constitution }: { count: number; seed: number; constitution: Constitution },
): Promise<{ answers: JudgedAnswer[]; revisions: JudgedRevision[]; figures: Figure[] }> => {
  const answers = await answerEvaluation(model, evaluationPrompts(count, seed));
  const revisions = await reviseEvaluation(model, answers, constitution, seed);
  return { answers, revisions, figures: evaluationFigures(answers, revisions) };
};
