export { LoraError } from './errors.js';
export { initLora } from './init-lora.js';
export { type LoadedAdapter, loadAdapter } from './load-adapter.js';
export { type LoraConfig, loraConfigSchema, parseLoraConfig } from './lora-config.js';
export { type LinearLayer, type LoraLinearOptions, loraLinear } from './lora-linear.js';
export { type LoraParameter, loraParameters } from './lora-parameters.js';
export { type AdaptableModule, type LoraTarget, loraTargets } from './lora-targets.js';
export { type MergeRequest, type MergeResult, mergeAdapter } from './merge-adapter.js';
export { type AdapterToSave, saveAdapter } from './save-adapter.js';
