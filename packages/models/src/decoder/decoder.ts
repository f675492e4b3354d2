import { type Graph, gather, mul, reshape, sizeOf, type Value } from '@charter/tensor';
import { architectures } from '../architectures/architectures.js';
import type { Attention } from '../attention/attention.js';
import type { TokenLayout } from '../attention/token-layout.js';
import { type ModelConfig, ropeParametersOf } from '../config/model-config.js';
import { type Rotation, rotationOf } from '../rope/rope.js';
import { type LinearLayer, moduleAt, plainLinear } from './module.js';

export interface DecoderInputs {
  /** int32, one for each token, in the shape of the layout's `positionIds` */
  readonly inputIds: Value;
  /** Its positions are below `maxPositions`. */
  readonly layout: TokenLayout;
  readonly attention: Attention;
}

export interface DecoderOptions {
  /** Builder of linear layers; default: `x weightᵀ + bias`. */
  readonly linear?: LinearLayer | undefined;
  /** Positions of the rotary table; default: the model's `max_position_embeddings`. */
  readonly maxPositions?: number | undefined;
}

/**
 * The model up to its last normalization, under the weight names of transformers (`model.layers.0.…`). Where rotary
 * frequencies depend on the length of a text, the graph gets the inputs that `rotaryFeeds` gives.
 *
 * @returns hidden states, float32 `[tokens, hidden]`
 */
export const decoder = (
  graph: Graph,
  config: ModelConfig,
  { inputIds, layout, attention }: DecoderInputs,
  { linear, maxPositions = config.max_position_embeddings }: DecoderOptions = {},
): Value => {
  const { layer, normOffset, embeddingScale } = architectures.get(config.model_type)!;
  const model = moduleAt(graph, config, 'model', { linear, normOffset });
  const rotations = new Map<string, Rotation>();
  const rotationFor = (index: number): Rotation => {
    const rope = ropeParametersOf(config, index);
    const key = JSON.stringify(rope);
    const known = rotations.get(key);
    if (known) return known;
    const built = rotationOf(graph, layout.positionIds, {
      rope,
      head_dim: config.head_dim,
      positions: maxPositions,
    });
    rotations.set(key, built);
    return built;
  };
  const ids = reshape(inputIds, { shape: [sizeOf(inputIds.shape)] }); // [tokens]
  let x = gather(embeddingsFor(graph, config, linear), ids); // [tokens, hidden]
  if (embeddingScale) x = mul(x, embeddingScale(config));
  for (let index = 0; index < config.num_hidden_layers; index++) {
    const context = { index, layout, rotation: rotationFor(index), attention };
    x = layer(model.at(`layers.${index}`), graph.boundary(x), context); // [tokens, hidden]
  }
  return model.rmsNorm(graph.boundary(x), 'norm');
};

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';

const embeddingsFor = (graph: Graph, config: ModelConfig, linear: LinearLayer | undefined): Value => {
  const shape = [config.vocab_size, config.hidden_size];
  return linear?.weight?.(EMBEDDING, shape) ?? graph.weight(EMBEDDING, shape);
};

/**
 * Scores of every token of the vocabulary.
 *
 * @param hidden float32 `[n, hidden]`: all of the decoder's output, or the rows of it that matter
 * @returns logits, float32 `[n, vocab]`
 */
export const languageModelHead = (
  graph: Graph,
  config: ModelConfig,
  hidden: Value,
  { linear = plainLinear }: { readonly linear?: LinearLayer | undefined } = {},
): Value =>
  graph.scope('lm_head', () =>
    linear(hidden, { name: 'lm_head', weight: headWeight(graph, config, linear) }),
  );

/** The weight of the projection to the vocabulary, `[vocab, hidden]`. */
export const headWeight = (graph: Graph, config: ModelConfig, linear: LinearLayer): Value => {
  const shape = [config.vocab_size, config.hidden_size];
  const own = config.tie_word_embeddings ? EMBEDDING : HEAD;
  return linear.weight?.(HEAD, shape) ?? graph.weight(own, shape);
};
