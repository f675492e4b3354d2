// Entry for browsers, without file access: their bundlers take it for `@charter/dpo`.
export { type DivergenceType, divergences } from './divergences.js';
export {
  type DpoCounts,
  type PreferenceRow,
  type TokenizedPair,
  tokenizePairs,
} from './dpo-examples.js';
export {
  type DpoInMemoryRequest,
  type DpoInMemoryResult,
  type DpoResult,
  type DpoSettings,
  dpoInMemory,
  type Reference,
} from './dpo-in-memory.js';
export { dpoMonitors } from './dpo-monitors.js';
export { type DpoOptions, type DpoOptionsInput, dpoOptionsSchema } from './dpo-options.js';
export { type DpoExample, type DpoTaskOptions, dpoTask, type PairLogps } from './dpo-task.js';
export { type FrozenReference, frozenReference } from './frozen-reference.js';
export {
  type ChosenRejected,
  type LossOptions,
  type LossType,
  losses,
  type NamedLoss,
  type PairLoss,
  type PairLossInputs,
  type PreferenceLoss,
} from './losses.js';
export {
  type LogpsCache,
  memoryLogpsCache,
  type ReferenceLogpsOptions,
  type ReferenceProgress,
  referenceLogps,
} from './reference-logps.js';
export { type WeightedLossOptions, weightedLoss } from './weighted-loss.js';
