export type { Attention, AttentionLayer } from './attention.js';
export { cachedAttention } from './cached-attention.js';
export { type DecoderInputs, type DecoderOptions, decoder, languageModelHead } from './decoder.js';
export { ModelConfigError } from './errors.js';
export {
  type LabelInputs,
  type LabelScoreOptions,
  type LabelScores,
  labelDistributions,
  labelScores,
} from './label-scores.js';
export {
  type AdaptableModule,
  adaptableModules,
  type LinearModule,
  linearModules,
  weightShapes,
} from './linear-modules.js';
export type { ModelConfig } from './model-config.js';
export type { LinearLayer } from './module.js';
export { type PackableText, type PackedTexts, type PackOptions, packTexts } from './pack-texts.js';
export { packedInputs } from './packed-inputs.js';
export { parseModelConfig } from './parse-model-config.js';
export type { RopeParameters } from './rope-parameters.js';
export {
  cacheInvalidatedAt,
  longestText,
  type PlacedTokens,
  prefixStableUpTo,
  rotaryFeeds,
} from './rotary-feeds.js';
export { gridLayout, type TokenLayout } from './token-layout.js';
