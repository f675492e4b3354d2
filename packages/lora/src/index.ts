export { type LoadedAdapter, loadAdapter } from './files/load-adapter.js';
export { saveAdapter } from './files/save-adapter.js';
export { type ExportAdapterRequest, exportAdapterGguf } from './gguf/export-adapter-gguf.js';
export { type MergeRequest, type MergeResult, mergeAdapter } from './merge/merge-adapter.js';
export * from './web.js';
