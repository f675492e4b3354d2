export { type AdamWOptions, adamwScalars, compileAdamW } from './adamw.js';
export { FlatParameters, type Parameter } from './flat-parameters.js';
export { type BaseModel, type LoraTraining, startLora } from './lora-training.js';
export { type MetricsEntry, readMetrics } from './metrics-log.js';
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
export { type ScheduleName, schedules, warmupSteps } from './schedules.js';
export { type StepPlan, stepPlan } from './step-plan.js';
export { type TrainProgress, type TrainRequest, type TrainResult, train } from './train.js';
export { compileForward, dropoutSeed } from './train-programs.js';
export { TrainingError } from './training-error.js';
export { type TrainingOptions, trainingOptionsSchema } from './training-options.js';
export type { MicroBatch, TrainingTask } from './training-task.js';
