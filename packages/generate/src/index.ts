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
export { type EndpointModel, endpointModel } from './endpoint/endpoint-model.js';
export type { EndpointModelOptions } from './endpoint/endpoint-options.js';
export { type LoadLoraAdapterOptions, loadLoraAdapter } from './endpoint/load-lora-adapter.js';
export { type SeveralEndpointsOptions, severalEndpoints } from './endpoint/several-endpoints.js';
export { GenerateError, type GenerateErrorCode, isPromptFailure } from './generate-error.js';
export {
  type GenerationStats,
  type LocalModel,
  type LocalModelOptions,
  localModel,
} from './local/local-model.js';
export { type SamplingOptions, samplingOptionsSchema } from './sampling/sampling-options.js';
