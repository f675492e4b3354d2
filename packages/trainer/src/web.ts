// What needs no files: the entry for browsers, whose bundlers take it for `@charter/trainer`.
export { type AdamWOptions, adamwScalars, compileAdamW } from './adamw.js';
export { FlatParameters, type Parameter } from './flat-parameters.js';
export {
  defaultLora,
  type FrozenModel,
  type LoraSettings,
  type LoraTraining,
  loraTraining,
} from './lora-training.js';
export type { MetricsEntry } from './metrics-log.js';
export {
  MONITOR_SPAN,
  type Monitor,
  MonitorSet,
  movingAverage,
  type TrainWarning,
  trainMonitors,
} from './monitor.js';
export {
  type BatchOptions,
  type Branch,
  joinRanges,
  type LabelRange,
  type PackedBatch,
  packBatch,
  splitByTokens,
  type TokenTree,
} from './packed-batch.js';
export {
  meanOver,
  type PackedForwardOptions,
  packedForward,
} from './packed-forward.js';
export type { ParameterValues } from './run-journal.js';
export { learningRates, type ScheduleName, schedules } from './schedules.js';
export { type StepPlan, stepPlan } from './step-plan.js';
export { trainInMemory } from './train-in-memory.js';
export type { LoopRequest, TrainProgress, TrainResult } from './train-loop.js';
export { dropoutSeed } from './train-programs.js';
export { TrainingError } from './training-error.js';
export { parseOptions, type TrainingOptions, trainingOptionsSchema } from './training-options.js';
export type { PreparedBatch as MicroBatch, TrainingTask } from './training-task.js';
