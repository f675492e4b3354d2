export {
  type Answer,
  type AnswerPromptsOptions,
  answerOptionsSchema,
  answerPrompts,
  type EvaluationPrompt,
} from './answers/answer-prompts.js';
export { type PromptKind, promptKinds } from './answers/prompt-kind.js';
export {
  applyPromptVariant,
  type PromptVariantName,
  promptVariantNames,
  promptVariants,
} from './answers/prompt-variants.js';
export { EvaluateError } from './evaluate-error.js';
export { cacheVerdicts } from './judges/cache-verdicts.js';
export { type JudgeAgreement, judgeAgreement } from './judges/judge-agreement.js';
export { judgeByRubric } from './judges/judge-by-rubric.js';
export { judgeByRules } from './judges/judge-by-rules.js';
export { judgeInstructions } from './judges/judge-question.js';
export { type LabelAgreement, labelAgreement, outcomeOfLabel } from './judges/label-agreement.js';
export { type ModelJudgeOptions, modelJudge } from './judges/model-judge.js';
export {
  type HarmfulRubric,
  type HarmlessRubric,
  harmfulRubricSchema,
  harmlessRubricSchema,
  parseRubric,
  type Rubric,
} from './judges/rubric.js';
export { ruleJudge } from './judges/rule-judge.js';
export {
  type AnswerFlag,
  type AnswerToJudge,
  describeVerdict,
  isRefusal,
  type Judge,
  type JudgedAnswer,
  judgeAnswers,
  type Outcome,
  type RubricVerdict,
  type Verdict,
} from './judges/verdict.js';
export {
  type AnswersByCondition,
  type ConditionComparison,
  compareConditions,
} from './measures/compare-conditions.js';
export {
  type ComparedAnswers,
  type ComparedMeasure,
  compareStages,
  type Stage,
  type StageComparison,
} from './measures/compare-stages.js';
export {
  type IntervalOptions,
  type MeasureOptions,
  measureStage,
  type StageMeasures,
} from './measures/measure-stage.js';
export { type Case, type Measure, measures, type StageScores } from './measures/measures.js';
export { klFromBase } from './scores/kl-from-base.js';
export {
  type ChoiceCalibrationBin,
  type ChoiceQuestion,
  type ChoiceScore,
  choiceCalibration,
  type ScoreChoicesOptions,
  scoreChoices,
} from './scores/score-choices.js';
export {
  type CompletionScore,
  type PairScore,
  type PreferencePair,
  type SkippedRow,
  scorePairs,
  withReference,
} from './scores/score-pairs.js';
export { type HeldOutText, scoreTexts, type TextScore } from './scores/score-texts.js';
export {
  createScorer,
  type ScoreOptions,
  type ScoreProgress,
  type Scorer,
  type ScorerOptions,
} from './scores/scorer.js';
export { type BootstrapOptions, bootstrapMean, compareMeans, type Sample } from './statistics/bootstrap.js';
export { cohenKappa } from './statistics/cohen-kappa.js';
export { compareShares } from './statistics/compare-shares.js';
export type { Difference, Estimate } from './statistics/estimate.js';
export { wilsonInterval } from './statistics/wilson-interval.js';
