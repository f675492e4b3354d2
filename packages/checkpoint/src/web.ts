// What needs no files: the entry for browsers, whose bundlers take it for `@charter/checkpoint`.
export { CheckpointError } from './checkpoint-error.js';
export { encodeSafetensors, type TensorToEncode } from './encode-safetensors.js';
export { parseSafetensors, type SafetensorsFile } from './parse-safetensors.js';
export { readTensor } from './read-tensor-in-memory.js';
export type { StorageDType, StoredTensor } from './stored-tensor.js';
