export { type CharterOptions, type CharterProvider, createCharter } from './create-charter.js';
export type { CharterModelSettings } from './open-model.js';
export { toAiSdk } from './to-ai-sdk.js';
