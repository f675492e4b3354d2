export { type LoadModelOptions, loadModel } from './pretrained/load-model.js';
export { type QuantizationCacheOptions, quantizeModelCached } from './pretrained/quantization-cache.js';
export * from './web.js';
