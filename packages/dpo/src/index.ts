export { type DivergenceType, divergences } from './divergences.js';
export { type DpoRequest, type DpoResult, dpo } from './dpo.js';
export {
  type DpoCounts,
  type PreferencePair,
  type PreferenceRow,
  tokenizePairs,
} from './dpo-examples.js';
export { dpoMonitors } from './dpo-monitors.js';
export { type DpoOptions, type DpoOptionsInput, dpoOptionsSchema } from './dpo-options.js';
export { type DpoExample, type DpoTaskOptions, dpoTask, type PairLogps } from './dpo-task.js';
export {
  type ChosenRejected,
  type LossOptions,
  type LossType,
  losses,
  type PairLoss,
  type PairLossInputs,
} from './losses.js';
export {
  type ReferenceLogpsOptions,
  type ReferenceProgress,
  referenceLogps,
} from './reference-logps.js';
export { type Reference, type ReferenceModel, referenceModel } from './reference-model.js';
export { type WeightedLossOptions, weightedLoss } from './weighted-loss.js';
