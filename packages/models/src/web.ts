// Entry for browsers, without file access: their bundlers take it for `@charter/models`.

export type { Attention, AttentionLayer } from './attention/attention.js';
export { cachedAttention } from './attention/cached-attention.js';
export { gridLayout, type TokenLayout } from './attention/token-layout.js';
export type { ModelConfig } from './config/model-config.js';
export { parseModelConfig } from './config/parse-model-config.js';
export type { RopeParameters } from './config/rope-parameters.js';
export { type DecoderInputs, type DecoderOptions, decoder, languageModelHead } from './decoder/decoder.js';
export {
  CALIBRATION_TEXT,
  int8Layers,
  type MatmulPrecision,
  type OutlierChannels,
  outlierChannels,
} from './decoder/int8-layers.js';
export {
  type LabelInputs,
  type LabelScoreOptions,
  type LabelScores,
  labelDistributions,
  labelScores,
} from './decoder/label-scores.js';
export {
  type AdaptableModule,
  adaptableModules,
  type LinearModule,
  linearModules,
  weightShapes,
} from './decoder/linear-modules.js';
export type { LinearLayer } from './decoder/module.js';
export { ModelConfigError } from './errors.js';
export { type PackableText, type PackedTexts, type PackOptions, packTexts } from './packing/pack-texts.js';
export { packedInputs } from './packing/packed-inputs.js';
export {
  frozenWeights,
  type LoadedModel,
  modelName,
  type PretrainedModel,
} from './pretrained/pretrained-model.js';
export { type Quantization, quantizeModel } from './pretrained/quantize-model.js';
export {
  cacheInvalidatedAt,
  longestText,
  type PlacedTokens,
  prefixStableUpTo,
  rotaryFeeds,
} from './rope/rotary-feeds.js';
