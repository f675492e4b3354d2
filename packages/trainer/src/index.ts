export { weightsFingerprint } from './checkpoints/weights-fingerprint.js';
export { type BaseModel, type LoraStart, type StartedLora, startLora } from './lora/start-lora.js';
export { readMetrics } from './metrics/metrics-log.js';
export { openModel } from './open-model.js';
export { type TrainRequest, train } from './train.js';
export * from './web.js';
