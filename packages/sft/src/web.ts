// What needs no files: the entry for browsers, whose bundlers take it for `@charter/sft`.
export type { SftResult, SftSettings } from './prepare-sft.js';
export { type SftCounts, type SftExample, type SftRow, tokenizeSft, tokenizeSftRow } from './sft-examples.js';
export { type SftInMemoryRequest, type SftInMemoryResult, sftInMemory } from './sft-in-memory.js';
export { type SftOptions, sftOptionsSchema } from './sft-options.js';
export { type SftTaskOptions, sftTask } from './sft-task.js';
