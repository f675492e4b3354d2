export { CheckpointError } from './checkpoint-error.js';
export { type Checkpoint, openCheckpoint } from './open-checkpoint.js';
export { openSafetensors, type SafetensorsFile } from './open-safetensors.js';
export { pull } from './pull/pull.js';
export { PullError } from './pull/pull-error.js';
export type { PullOptions, PullProgress } from './pull/pull-options.js';
export { readTensor } from './read-tensor.js';
export type { StorageDType, StoredTensor } from './stored-tensor.js';
export { type TensorToWrite, writeSafetensors } from './write-safetensors.js';
