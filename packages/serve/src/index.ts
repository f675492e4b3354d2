export type { LanguageModel, Message } from '@charter/core';
export { type RunningServer, type ServedRequest, type ServeOptions, serve } from './serve.js';
