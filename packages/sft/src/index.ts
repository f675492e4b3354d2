export { type SftRequest, type SftResult, sft } from './sft.js';
export { type SftCounts, type SftExample, type SftRow, tokenizeSft, tokenizeSftRow } from './sft-examples.js';
export { type SftOptions, sftOptionsSchema } from './sft-options.js';
export { type SftTaskOptions, sftTask } from './sft-task.js';
