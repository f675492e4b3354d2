// Entry for browsers, without file access: their bundlers take it for `@charter/sft`.
export { type SftCounts, type SftExample, type SftRow, tokenizeSft, tokenizeSftRow } from './sft-examples.js';
export {
  type SftInMemoryRequest,
  type SftInMemoryResult,
  type SftResult,
  type SftSettings,
  sftInMemory,
} from './sft-in-memory.js';
export { type SftOptions, sftOptionsSchema } from './sft-options.js';
export { type SftTaskOptions, sftTask } from './sft-task.js';
