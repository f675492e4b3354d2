// What needs no files: the entry for browsers, whose bundlers take it for `@charter/critique`.
export type { CalibrationBin, JudgedComparison, SelectionSummary } from './choose-best.js';
export {
  type Comparison,
  type ComparisonFormat,
  type ComparisonOptions,
  compareAnswers,
  comparisonPrompt,
} from './compare-answers.js';
export {
  type Constitution,
  type ConstitutionExample,
  constitutionSchema,
  type Principle,
  parseConstitution,
} from './constitution.js';
export { CritiqueError } from './critique-error.js';
export {
  type Asked,
  type CritiqueMode,
  type CritiqueModeName,
  critiqueModes,
  type Review,
} from './critique-requests.js';
export type { CritiqueRow, CritiqueStep, Usage } from './critique-row.js';
export { type CritiqueSettings, critiqueSettings, critiqueSettingsSchema } from './critique-settings.js';
export type { CritiqueCounts, PrincipleSummary } from './critique-summary.js';
export { type GateInput, type GateName, type GateSettings, gateNames, gates, stoppedBy } from './gates.js';
export type { LabelCounts, LabelRow } from './label-row.js';
export { type LocatedYaml, parseLocatedYaml } from './located-yaml.js';
export { principleSpread } from './principle-spread.js';
export { type ReviseAnswerOptions, type RevisedAnswer, reviseAnswer } from './revise-answer.js';
