// What needs no files: the entry for browsers, whose bundlers take it for `@charter/critique`.

export type { LanguageModel, Message } from '@charter/core';
export type {
  Constitution,
  ConstitutionExample,
  Principle,
} from './constitution/constitution.js';
export { type LocatedYaml, parseLocatedYaml } from './constitution/located-yaml.js';
export { constitutionSchema, parseConstitution } from './constitution/parse-constitution.js';
export { CritiqueError } from './critique-error.js';
export {
  type Gate,
  type GateInput,
  type GateName,
  type GateSettings,
  gateNames,
  gates,
  rejectedBy,
} from './gates/gates.js';
export type { CalibrationBin, JudgedComparison, SelectionSummary } from './judge/choose-best.js';
export {
  type Comparison,
  type ComparisonFormat,
  type ComparisonOptions,
  compareAnswers,
  comparisonPrompt,
} from './judge/compare-answers.js';
export type { LabelCounts, LabelRow } from './label/label-row.js';
export {
  type CritiqueContext,
  type CritiqueMode,
  type CritiqueModeName,
  type CritiqueRequest,
  critiqueModes,
} from './revise/critique-requests.js';
export type { CritiqueRow, CritiqueStep, Usage } from './revise/critique-row.js';
export {
  type CritiqueSettings,
  critiqueSettings,
  critiqueSettingsSchema,
} from './revise/critique-settings.js';
export type { CritiqueCounts, PrincipleSummary } from './revise/critique-summary.js';
export { type ReviseAnswerOptions, type RevisedAnswer, reviseAnswer } from './revise/revise-answer.js';
export { revisionDiversity } from './revise/revision-diversity.js';
