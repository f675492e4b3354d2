export { withAdapterTokenizer } from './pretrained/adapter-tokenizer.js';
export { type LoadModelOptions, loadModel } from './pretrained/load-model.js';
export { type QuantizationCacheOptions, quantizeModelCached } from './pretrained/quantization-cache.js';
export * from './web.js';
