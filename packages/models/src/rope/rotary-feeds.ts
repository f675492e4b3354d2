import type { Tensor } from '@charter/tensor';
import type { ModelConfig } from '../config/model-config.js';
import { rotaryTables, rotatedSize } from './rope.js';
import { dependsOnLength } from './rope-frequencies.js';

/** Tokens, one after the other. */
export interface PlacedTokens {
  /** That of the position ids: `[tokens]`, or `[rows, time]`. */
  readonly shape: readonly number[];
  readonly positions: Int32Array;
  /** Length of each token's text, which its angles depend on in some models. */
  readonly lengths: Int32Array;
}

/**
 * Inputs of `decoder` that depend on the length of texts: `rotary_cos` and `rotary_sin`, float32 `[...shape, rotated / 2]`, in models
 * whose rotary frequencies depend on the length of a text (`dynamic`, `longrope`); nothing in all others.
 *
 * Every token of a text is rotated by the text's length, as in one forward pass of transformers. A text that is being
 * written has, for a token of `dynamic`, the length of the prompt, or of the text when that token was added: keys in a
 * cache stay as they are. With `longrope` they do not: see `cacheInvalidatedAt`.
 */
export const rotaryFeeds = (
  { rope_parameters: rope, head_dim }: ModelConfig,
  { shape, positions, lengths }: PlacedTokens,
): Record<string, Tensor<'float32'>> => {
  if (!dependsOnLength(rope)) return {};
  const { cos, sin } = rotaryTables(rope, rotatedSize(rope, head_dim), positions, lengths);
  const perToken = [...shape, cos.shape[1]!];
  return { rotary_cos: { ...cos, shape: perToken }, rotary_sin: { ...sin, shape: perToken } };
};

/** The longest text that a model takes: `max_position_embeddings`, but with `dynamic` scaling there is no limit. */
export const longestText = (config: ModelConfig): number =>
  config.rope_parameters.rope_type === 'dynamic' ? Number.POSITIVE_INFINITY : config.max_position_embeddings;

/** Up to how many tokens the beginning of a text is computed alike, however the text goes on. */
export const prefixStableUpTo = ({ rope_parameters: rope }: ModelConfig): number =>
  dependsOnLength(rope) ? rope.original_max_position_embeddings : Number.POSITIVE_INFINITY;

/**
 * The length at which a text that is being written must be computed anew, because all its keys change: the first above
 * `original_max_position_embeddings` with `longrope`; undefined in all other models.
 *
 * @see transformers `Phi3ForCausalLM.prepare_inputs_for_generation`, which drops the cache there
 */
export const cacheInvalidatedAt = ({ rope_parameters: rope }: ModelConfig): number | undefined =>
  rope.rope_type === 'longrope' ? rope.original_max_position_embeddings + 1 : undefined;
