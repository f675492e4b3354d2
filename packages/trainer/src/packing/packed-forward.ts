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
  /** Computation of linear layers; LoRA replaces it. */
  readonly linear?: LinearLayer | undefined;
  /** Length of the longest example, in tokens. */
  readonly maxPositions?: number | undefined;
}

/**
 * Forward pass of a model over a packed batch: log-probabilities of the labels, and `distributions`, float32
 * `[labels, vocab]`, all log-probabilities in nats; use them only where the whole distribution is needed.
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

/** Mean of a `[labels]` tensor over `ranges`; 0 when they are empty. */
export const meanOver = (tensor: Tensor, ranges: readonly { start: number; end: number }[]): number => {
  let total = 0;
  let count = 0;
  for (const { start, end } of ranges) {
    for (let i = start; i < end; i++) total += tensor.data[i]!;
    count += end - start;
  }
  return count ? total / count : 0;
};
