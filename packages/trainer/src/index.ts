export { weightsFingerprint } from './checkpoints/weights-fingerprint.js';
export { type LoraStart, type StartedLora, startLora } from './lora/start-lora.js';
export { readMetrics } from './metrics/metrics-log.js';
export { type RunStart, runStart, type TrainRequest, train } from './train.js';
export * from './web.js';
