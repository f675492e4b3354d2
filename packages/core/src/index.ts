export { CharterError, isCharterError } from './charter-error.js';
export { JsonNumber, OrderedObject, parseExactJson } from './exact-json.js';
export {
  type ChatVariables,
  type Completion,
  type GenerateRequest,
  isChat,
  type LanguageModel,
  type Prompt,
  type PromptLogprobsOptions,
  type ScoreRequest,
  type TokenLogprob,
} from './language-model.js';
export { type ChatMessage, contentText, type Message, type Role, type TextPart } from './message.js';
