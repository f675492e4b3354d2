import type { FrozenAdapter } from '@charter/lora';
import { cachedAttention, decoder, gridLayout, languageModelHead, type ModelConfig } from '@charter/models';
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
  /** Positions of the rotary table. */
  readonly maxPositions: number;
}

/** What a graph can do: the less it can, the fewer operations a run takes. */
export interface DecoderForm {
  /**
   * Adds one token to each row, and gives the likeliest next ones beside the logits; otherwise any number of tokens, with
   * labels and hidden states.
   */
  readonly oneToken: boolean;
  /** Whether rows may begin with a shared prefix. */
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
  { config, weights, adapter, maxPositions }: DecoderGraphOptions,
  { oneToken, prefix }: DecoderForm,
): Graph => {
  const graph = new Graph();
  const shape = ['rows', oneToken ? 1 : 'time'];
  const inputIds = graph.input('input_ids', 'int32', shape);
  const positionIds = graph.input('position_ids', 'int32', shape);
  const pastLengths = graph.input('past_lengths', 'int32', ['rows']);
  const linear = adapter?.linear(graph);
  const prefixLength = prefix ? graph.input('prefix_length', 'int32', []) : undefined;
  const attention = cachedAttention(graph, config, { pastLengths, positionIds, prefixLength });
  const hidden = decoder(
    graph,
    config,
    { inputIds, layout: gridLayout(positionIds), attention },
    { linear, maxPositions },
  ); // [rows * time, hidden]
  // The vocabulary projection is the widest product: only for positions that someone asks about.
  const wanted = gather(hidden, graph.input('places', 'int32', ['places'])); // [places, hidden]
  // A projection in few bits is a weight of its own, also where it is tied.
  const ownHead = weights.get('lm_head.weight');
  const head = ownHead && 'block' in ownHead ? { ...config, tie_word_embeddings: false } : config;
  const scores = languageModelHead(graph, head, wanted, { linear }); // [places, vocab]
  if (oneToken) {
    // All logits of 16 texts are 3 MB, which leave the graph only where they are needed.
    graph.output('logits', gather(scores, graph.input('whole', 'int32', ['whole']))); // [whole, vocab]
    const k = Math.min(TOP_K, config.vocab_size);
    graph.output('best', topKValues(scores, { k })); // [places, k]
    graph.output('best_ids', topKIndices(scores, { k })); // [places, k]
    const summed = gather(scores, graph.input('summed', 'int32', ['summed'])); // [summed, vocab]
    const inverse = graph.input('inverse_temperatures', 'float32', ['summed', 1]);
    graph.output('log_sums', logSumExp(mul(summed, inverse))); // [summed, 1]
    return graph;
  }
  graph.output('logits', gather(scores, graph.input('samples', 'int32', ['samples'])));
  graph.output('states', gather(hidden, graph.input('state_places', 'int32', ['states'])));
  const labelled = gather(scores, graph.input('label_places', 'int32', ['labels'])); // [labels, vocab]
  graph.output('logps', takeAlongLastAxis(logSoftmax(labelled), graph.input('labels', 'int32', ['labels'])));
  return graph;
};
