import {
  decoder,
  type LabelScores,
  type LinearLayer,
  labelDistributions,
  labelScores,
  type ModelConfig,
  packedInputs,
} from '@charter/models';
import type { Graph, Tensor, Value } from '@charter/tensor';

export interface PackedForwardOptions {
  /** How linear layers are computed; LoRA comes in here. */
  readonly linear?: LinearLayer | undefined;
  /** Longest example. */
  readonly maxPositions?: number | undefined;
}

/**
 * A model over a packed batch: what it thinks of the labels, and its `distributions` `[labels, vocab]`, log-probabilities
 * in nats, which only those should use who need them whole.
 */
export const packedForward = (
  graph: Graph,
  config: ModelConfig,
  { linear, maxPositions }: PackedForwardOptions = {},
): LabelScores & { readonly distributions: Value } => {
  const [labelIndex, labels] = ['label_index', 'labels'].map(name =>
    graph.input(name, 'int32', ['labels']),
  ) as [Value, Value];
  const hidden = decoder(graph, config, packedInputs(graph, config), { linear, maxPositions });
  return {
    ...labelScores(graph, config, hidden, { labelIndex, labels }, { linear }),
    distributions: labelDistributions(graph, config, hidden, labelIndex, { linear }),
  };
};

/** Mean of the part of a `[labels]` tensor that `ranges` name; 0 when they are empty. */
export const meanOver = (tensor: Tensor, ranges: readonly { start: number; end: number }[]): number => {
  let total = 0;
  let count = 0;
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) total += tensor.data[i]!;
    count += end - start;
  }
  return count ? total / count : 0;
};
