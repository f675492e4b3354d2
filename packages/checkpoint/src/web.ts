// Entry for browsers, without file access: their bundlers take it for `@charter/checkpoint`.
export { CheckpointError } from './checkpoint-error.js';
export { encodeSafetensors, type TensorToEncode } from './safetensors/encode-safetensors.js';
export { parseSafetensors, type SafetensorsFile } from './safetensors/parse-safetensors.js';
export { readTensor } from './tensors/read-tensor-in-memory.js';
