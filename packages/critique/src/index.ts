export { loadConstitution, shippedConstitutions } from './constitution/load-constitution.js';
export { readLocatedYaml } from './constitution/read-located-yaml.js';
export {
  type AnswerPair,
  type LabelPairsOptions,
  type LabelProgress,
  type LabelSummary,
  labelPairs,
} from './label/label-pairs.js';
export {
  type CritiqueProgress,
  type CritiquePrompt,
  type CritiqueReviseOptions,
  type CritiqueSummary,
  critiqueRevise,
} from './revise/critique-revise.js';
export { type MergeCounts, mergeRows } from './rows/merge-rows.js';
export { type PromptFileName, promptFile, promptFiles } from './shipped-files.js';
export * from './web.js';
