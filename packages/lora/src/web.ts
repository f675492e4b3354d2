// What needs no files: the entry for browsers, whose bundlers take it for `@charter/lora`.
export { type AdapterToSave, adapterFiles } from './adapter-files.js';
export { LoraError } from './errors.js';
export { type FrozenAdapter, frozenAdapter } from './frozen-adapter.js';
export { initFromBase } from './init-from-base.js';
export { initLora } from './init-lora.js';
export { type LoraConfig, loraConfigSchema, parseLoraConfig } from './lora-config.js';
export { type LinearLayer, type LoraLinearOptions, loraLinear } from './lora-linear.js';
export { type LoraParameter, loraParameters } from './lora-parameters.js';
export { type AdaptableModule, type LoraTarget, loraTargets } from './lora-targets.js';
export { type OpenedAdapter, type ParsedAdapter, parseAdapter } from './parse-adapter.js';
