export { LoraError } from './errors.js';
export { initLora } from './init-lora.js';
export { type LoraConfig, loraConfigSchema, parseLoraConfig } from './lora-config.js';
export { type LinearLayer, type LoraLinearOptions, loraLinear } from './lora-linear.js';
export { type LoraParameter, loraParameters } from './lora-parameters.js';
export { type AdaptableModule, type LoraTarget, loraTargets } from './lora-targets.js';
