export { readJsonl } from './append-only-rows.js';
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
  loadConstitution,
  type Principle,
  shippedConstitutions,
} from './constitution.js';
export { CritiqueError } from './critique-error.js';
export {
  type Asked,
  type CritiqueMode,
  type CritiqueModeName,
  critiqueModes,
  type Review,
} from './critique-requests.js';
export {
  type CritiqueProgress,
  type CritiquePrompt,
  type CritiqueReviseOptions,
  type CritiqueSummary,
  critiqueRevise,
} from './critique-revise.js';
export type { CritiqueRow, CritiqueStep, Usage } from './critique-row.js';
export { type CritiqueSettings, critiqueSettings, critiqueSettingsSchema } from './critique-settings.js';
export type { CritiqueCounts, PrincipleSummary } from './critique-summary.js';
export { type GateInput, type GateName, type GateSettings, gateNames, gates, stoppedBy } from './gates.js';
export {
  type AnswerPair,
  type LabelPairsOptions,
  type LabelProgress,
  type LabelSummary,
  labelPairs,
} from './label-pairs.js';
export type { LabelCounts, LabelRow } from './label-row.js';
export { type LocatedYaml, readLocatedYaml } from './located-yaml.js';
export { type MergeCounts, mergeRows } from './merge-rows.js';
export { principleSpread } from './principle-spread.js';
export { type PromptFileName, promptFile, promptFiles } from './prompt-file.js';
