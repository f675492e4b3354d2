export { readJsonl } from './append-only-rows.js';
export {
  type CritiqueProgress,
  type CritiquePrompt,
  type CritiqueReviseOptions,
  type CritiqueSummary,
  critiqueRevise,
} from './critique-revise.js';
export {
  type AnswerPair,
  type LabelPairsOptions,
  type LabelProgress,
  type LabelSummary,
  labelPairs,
} from './label-pairs.js';
export { loadConstitution, shippedConstitutions } from './load-constitution.js';
export { type MergeCounts, mergeRows } from './merge-rows.js';
export { type PromptFileName, promptFile, promptFiles } from './prompt-file.js';
export { readLocatedYaml } from './read-located-yaml.js';
export * from './web.js';
