export { type DpoRequest, type DpoResult, dpo } from './dpo.js';
export {
  type DpoCounts,
  type PreferencePair,
  type PreferenceRow,
  tokenizePairs,
} from './dpo-examples.js';
export { type DpoOptions, dpoOptionsSchema } from './dpo-options.js';
export { type DpoExample, type DpoTaskOptions, dpoTask, type PairLogps } from './dpo-task.js';
export { type LogRatios, type LossOptions, type LossType, losses, type PairLoss } from './losses.js';
export {
  type ReferenceLogpsOptions,
  type ReferenceProgress,
  referenceLogps,
} from './reference-logps.js';
export { type Reference, type ReferenceModel, referenceModel } from './reference-model.js';
