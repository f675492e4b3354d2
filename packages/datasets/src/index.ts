export type { Message, Role } from '@charter/core';
export type { AdaptedRow, RowAdapter } from './adapters/adapter.js';
export type { AdapterName } from './adapters/adapters.js';
export { toPreference, toPrompt, toSft } from './convert.js';
export { DatasetError, type SourceLocation } from './dataset-error.js';
export { extractPrompt } from './extract-prompt.js';
export type { Format } from './formats/data-files.js';
export type { RoleMap } from './messages.js';
export { type MixtureSource, mix, shuffle, shuffleOrder, split } from './order.js';
export { adapt, type ReadOptions, type RowsFor, readRecords, readRows } from './read-rows.js';
export type {
  MessagesRow,
  PreferenceRow,
  PromptCompletionRow,
  PromptRow,
  Row,
  SourceRecord,
  TextRow,
} from './row.js';
export { collect, dedupe, normalizedPrompt, take } from './streams.js';
export { UnusableRowError } from './unusable-row-error.js';
