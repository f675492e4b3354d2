export { readMetrics } from './metrics-log.js';
export { openModel } from './open-model.js';
export { type BaseModel, type LoraStart, type StartedLora, startLora } from './start-lora.js';
export { type TrainRequest, train } from './train.js';
export * from './web.js';
export { weightsFingerprint } from './weights-fingerprint.js';
