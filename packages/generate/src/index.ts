export type { Adapter } from './decoder-program.js';
export { type EndpointModelOptions, endpointModel } from './endpoint-model.js';
export { GenerateError } from './generate-error.js';
export type {
  Completion,
  GenerateRequest,
  LanguageModel,
  Message,
  ScoreRequest,
} from './language-model.js';
export { type GenerationStats, type LocalModel, type LocalModelOptions, localModel } from './local-model.js';
export { type SamplingOptions, samplingOptionsSchema } from './sampling-options.js';
