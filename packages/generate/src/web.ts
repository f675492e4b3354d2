// What needs neither files nor an endpoint: the entry for browsers, whose bundlers take it for `@charter/generate`.

export type {
  ChatVariables,
  Completion,
  GenerateRequest,
  LanguageModel,
  Message,
  Prompt,
  PromptLogprobsOptions,
  ScoreRequest,
  TokenLogprob,
} from '@charter/core';
export type { MatmulPrecision } from '@charter/models';
export { type Budget, type BudgetOptions, createBudget, type Spent } from './budget.js';
export { GenerateError, type GenerateErrorCode, isPromptFailure } from './generate-error.js';
export {
  type GenerationStats,
  type LocalModel,
  type LocalModelOptions,
  localModel,
} from './local/local-model.js';
export { type SamplingOptions, samplingOptionsSchema } from './sampling/sampling-options.js';
