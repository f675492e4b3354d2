// Entry for browsers, without file access: their bundlers take it for `@charter/lora`.

export { type LoraConfig, loraConfigSchema, parseLoraConfig } from './config/lora-config.js';
export { type LoraTarget, loraTargets } from './config/lora-targets.js';
export { LoraError } from './errors.js';
export { type AdapterToSave, adapterFiles } from './files/adapter-files.js';
export {
  type LoraAdapter,
  type OpenedAdapter,
  type ParsedAdapter,
  parseAdapter,
} from './files/parse-adapter.js';
export { vllmProblems } from './files/vllm-rules.js';
export { initFromBase } from './init/init-from-base.js';
export { initLora } from './init/init-lora.js';
export { type FrozenAdapter, frozenAdapter } from './linear/frozen-adapter.js';
export { type LoraLinearOptions, loraLinear } from './linear/lora-linear.js';
export { type LoraParameter, loraParameters } from './linear/lora-parameters.js';
