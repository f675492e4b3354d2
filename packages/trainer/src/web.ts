// Entry for browsers, without file access: their bundlers take it for `@charter/trainer`.

export type { ParameterValues } from './checkpoints/run-journal.js';
export { anyRank, fromEveryRank, fromRankZero } from './collective/agreement.js';
export { type Collective, CollectiveTimeout, singleProcess } from './collective/collective.js';
export { type StepPlan, stepPlan } from './loop/step-plan.js';
export {
  type Evaluation,
  type LoopRequest,
  type OwnMetrics,
  type TrainProgress,
  type TrainResult,
  trainInMemory,
} from './loop/train-loop.js';
export { dropoutSeed } from './loop/train-programs.js';
export type { PreparedBatch, TrainingTask } from './loop/training-task.js';
export { type BaseLayers, type BaseLayersRequest, baseLayers } from './lora/base-layers.js';
export {
  type AdapterEvaluation,
  defaultLora,
  evaluationOfAdapter,
  type LoraSettings,
  type LoraTraining,
  loraTraining,
} from './lora/lora-training.js';
export type { MetricsEntry } from './metrics/metrics-log.js';
export {
  MONITOR_SPAN,
  type Monitor,
  MonitorSet,
  movingAverage,
  type TrainWarning,
  trainMonitors,
} from './metrics/monitor.js';
export { type AdamWOptions, adamwScalars, compileAdamW } from './optimizer/adamw.js';
export { FlatParameters, type Parameter } from './optimizer/flat-parameters.js';
export { learningRates, type ScheduleName, schedules } from './optimizer/schedules.js';
export {
  type BatchOptions,
  type Branch,
  joinRanges,
  type LabelRange,
  type PackedBatch,
  packBatch,
  splitByTokens,
  type TokenTree,
} from './packing/packed-batch.js';
export {
  meanOver,
  type PackedForwardOptions,
  packedForward,
} from './packing/packed-forward.js';
export { TrainingError } from './training-error.js';
export { parseOptions, type TrainingOptions, trainingOptionsSchema } from './training-options.js';
