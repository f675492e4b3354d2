import { Graph } from '@charter/tensor';
import { gridLayout } from '../attention/token-layout.js';
import type { ModelConfig } from '../config/model-config.js';
import { decoder, languageModelHead } from './decoder.js';
import { plainLinear } from './module.js';

/** One linear module of a model, as transformers' `named_modules` shows it. */
export interface LinearModule {
  /** Such as `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  readonly in_features: number;
  readonly out_features: number;
  readonly bias: boolean;
  /** `lm_head` is the vocabulary projection, which "all-linear" leaves out. */
  readonly kind: 'linear' | 'lm_head';
}

/** Linear modules and weights that the graph of the model asks for, so that these lists cannot differ from it. */
const inspect = (config: ModelConfig) => {
  const graph = new Graph();
  const modules: LinearModule[] = [];
  const linear: typeof plainLinear = (x, layer) => {
    const [out_features, in_features] = layer.weight.shape as [number, number];
    const kind = layer.name === 'lm_head' ? 'lm_head' : 'linear';
    modules.push({ name: layer.name, in_features, out_features, bias: layer.bias !== undefined, kind });
    return plainLinear(x, layer);
  };
  const ids = graph.input('input_ids', 'int32', ['rows', 'time']);
  const hidden = decoder(
    graph,
    config,
    { inputIds: ids, layout: gridLayout(ids), attention: q => q },
    { linear, maxPositions: 1 },
  );
  languageModelHead(graph, config, hidden, { linear });
  return { graph, modules };
};

/**
 * Every linear module in the order of use, which is that of transformers' `named_modules` but for Phi-3's o_proj;
 * `lm_head` is last, also when it is tied.
 */
export const linearModules = (config: ModelConfig): LinearModule[] => inspect(config).modules;

/** A module that an adapter can change: a linear layer, or a norm, which has `in_features` weights. */
export interface AdaptableModule extends Pick<LinearModule, 'name' | 'in_features' | 'out_features'> {
  /** Default: `linear`. */
  readonly kind?: LinearModule['kind'] | 'norm' | undefined;
  /** Default: no bias. */
  readonly bias?: boolean | undefined;
}

/** Every module that can have an adapter or be fully trained, but the embedding table: linear ones, then norms. */
export const adaptableModules = (config: ModelConfig): AdaptableModule[] => {
  const { graph, modules } = inspect(config);
  const norms: AdaptableModule[] = [];
  for (const [weight, { shape }] of graph.weights) {
    const name = weight.replace(/\.weight$/, '');
    if (name === weight || shape.length !== 1) continue;
    const size = shape[0] as number;
    norms.push({ name, in_features: size, out_features: size, bias: false, kind: 'norm' });
  }
  return [...modules, ...norms];
};

/** Every weight that a model's graph asks for, with its shape. A tied `lm_head.weight` is not among them. */
export const weightShapes = (config: ModelConfig): Map<string, number[]> =>
  new Map([...inspect(config).graph.weights].map(([name, { shape }]) => [name, shape as number[]]));
