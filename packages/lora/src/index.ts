export { type LoadedAdapter, loadAdapter } from './load-adapter.js';
export { type MergeRequest, type MergeResult, mergeAdapter } from './merge-adapter.js';
export { saveAdapter } from './save-adapter.js';
export * from './web.js';
