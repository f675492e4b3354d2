export { type SftRequest, sft } from './sft.js';
export * from './web.js';
