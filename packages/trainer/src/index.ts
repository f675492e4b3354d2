export { type AdamWOptions, adamwScalars, compileAdamW } from './adamw.js';
export { FlatParameters, type Parameter } from './flat-parameters.js';
export {
  type BaseModel,
  defaultLora,
  type LoraStart,
  type LoraTraining,
  startLora,
} from './lora-training.js';
export { type MetricsEntry, readMetrics } from './metrics-log.js';
export {
  MONITOR_WINDOW,
  type Monitor,
  type TrainWarning,
  trainMonitors,
  Watch,
  windowMean,
} from './monitor.js';
export { openModel } from './open-model.js';
export {
  type Branch,
  type LabelRange,
  type PackedBatch,
  packBatch,
  packedInputs,
  type TokenTree,
} from './packed-batch.js';
export {
  type LabelStatistics,
  meanOver,
  type PackedForwardOptions,
  packedForward,
} from './packed-forward.js';
export { learningRates, type ScheduleName, schedules } from './schedules.js';
export { type StepPlan, stepPlan } from './step-plan.js';
export {
  type ParameterValues,
  type TrainProgress,
  type TrainRequest,
  type TrainResult,
  train,
} from './train.js';
export { dropoutSeed } from './train-programs.js';
export { TrainingError } from './training-error.js';
export { parseOptions, type TrainingOptions, trainingOptionsSchema } from './training-options.js';
export type { MicroBatch, TrainingTask } from './training-task.js';
export { weightsIdentity } from './weights-identity.js';
