export { type LoadTokenizerOptions, loadTokenizer } from './load-tokenizer.js';
export * from './web.js';
