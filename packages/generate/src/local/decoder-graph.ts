import type { FrozenAdapter } from '@charter/lora';
import {
  cachedAttention,
  decoder,
  gridLayout,
  type LinearLayer,
  languageModelHead,
  type ModelConfig,
} from '@charter/models';
import {
  add,
  exp,
  type FrozenWeight,
  Graph,
  gather,
  log,
  logSoftmax,
  max,
  mul,
  sub,
  sum,
  takeAlongLastAxis,
  topKIndices,
  topKValues,
  type Value,
} from '@charter/tensor';
import { TOP_K } from '../sampling/next-logits.js';

export interface DecoderGraphOptions {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, FrozenWeight>;
  readonly adapter: FrozenAdapter | undefined;
  /** Products with frozen weights; default: those of `linear`. */
  readonly baseLinear?: LinearLayer | undefined;
  /** Positions of the rotary table. */
  readonly maxPositions: number;
}

/** Abilities of a graph: the fewer it has, the fewer operations a run takes. */
export interface DecoderForm {
  /**
   * One new token in each row, and the k largest logits beside all of them; otherwise any number of new tokens, with
   * labels and hidden states.
   */
  readonly oneToken: boolean;
  /** True when rows may begin with a shared prefix. */
  readonly prefix: boolean;
}

const last = { axes: [-1], keepdims: true };

/** `[n, m]` → `[n, 1]` */
const logSumExp = (x: Value): Value => {
  const largest = max(x, last);
  return add(largest, log(sum(exp(sub(x, largest)), last)));
};

/** One graph for prefill, decoding and scoring, or one for decoding alone. Rows and cached positions are symbols. */
export const decoderGraph = (
  { config, weights, adapter, baseLinear, maxPositions }: DecoderGraphOptions,
  { oneToken, prefix }: DecoderForm,
): Graph => {
  const graph = new Graph();
  const shape = ['rows', oneToken ? 1 : 'time'];
  const inputIds = graph.input('input_ids', 'int32', shape);
  const positionIds = graph.input('position_ids', 'int32', shape);
  const pastLengths = graph.input('past_lengths', 'int32', ['rows']);
  const linear = adapter?.linear(graph, baseLinear) ?? baseLinear;
  const prefixLength = prefix ? graph.input('prefix_length', 'int32', []) : undefined;
  const attention = cachedAttention(graph, config, { pastLengths, positionIds, prefixLength });
  const hidden = decoder(
    graph,
    config,
    { inputIds, layout: gridLayout(positionIds), attention },
    { linear, maxPositions },
  ); // [rows * time, hidden]
  // The vocabulary projection is the widest product: only for positions that are asked for.
  const wanted = gather(hidden, graph.input('projected', 'int32', ['projected'])); // [projected, hidden]
  // A quantized projection is a weight of its own, also where it is tied.
  const ownHead = weights.get('lm_head.weight');
  const head = ownHead && 'block' in ownHead ? { ...config, tie_word_embeddings: false } : config;
  const logits = languageModelHead(graph, head, wanted, { linear }); // [projected, vocab]
  if (oneToken) {
    // All logits of 16 texts are 3 MB, which leave the graph only where they are needed.
    graph.output('logits', gather(logits, graph.input('full_rows', 'int32', ['full']))); // [full, vocab]
    const k = Math.min(TOP_K, config.vocab_size);
    graph.output('top_k', topKValues(logits, { k })); // [projected, k]
    graph.output('top_k_ids', topKIndices(logits, { k })); // [projected, k]
    const normalized = gather(logits, graph.input('normalized_rows', 'int32', ['normalized'])); // [normalized, vocab]
    const inverse = graph.input('inverse_temperatures', 'float32', ['normalized', 1]);
    graph.output('log_sum_exps', logSumExp(mul(normalized, inverse))); // [normalized, 1]
    return graph;
  }
  graph.output('logits', gather(logits, graph.input('sample_rows', 'int32', ['samples']))); // [samples, vocab]
  graph.output('states', gather(hidden, graph.input('state_positions', 'int32', ['states']))); // [states, hidden]
  const predicting = gather(logits, graph.input('label_rows', 'int32', ['labels'])); // [labels, vocab]
  const labels = graph.input('labels', 'int32', ['labels']);
  graph.output('logps', takeAlongLastAxis(logSoftmax(predicting), labels)); // [labels]
  return graph;
};
