import { decoder, type LinearLayer, labelLogps, type ModelConfig, packedAttention } from '@charter/models';
import {
  argmax,
  cast,
  equal,
  exp,
  type Graph,
  logSoftmax,
  mean,
  mul,
  neg,
  stopGradient,
  sum,
  type Tensor,
  type Value,
} from '@charter/tensor';
import { packedInputs } from './packed-batch.js';

export interface PackedForwardOptions {
  /** How linear layers are computed; LoRA comes in here. */
  readonly linear?: LinearLayer | undefined;
  /** Longest example. */
  readonly maxPositions?: number | undefined;
}

/** What a label's prediction looked like, each float32 `[labels]` and without a gradient. */
export type LabelStatistics = Record<'label_logps' | 'entropy' | 'is_top1' | 'mean_logit', Value>;

/**
 * A model over a packed batch: log-probabilities of its labels, and the statistics that TRL logs.
 *
 * @returns `logps` float32 `[labels]` and `distributions` `[labels, vocab]`, log-probabilities in nats
 */
export const packedForward = (
  graph: Graph,
  config: ModelConfig,
  { linear, maxPositions }: PackedForwardOptions = {},
): { logps: Value; distributions: Value; statistics: LabelStatistics } => {
  const { inputIds, positionIds, segmentIds, branchIds, labelIndex, labels } = packedInputs(graph);
  const attention = packedAttention(config, { segmentIds, branchIds, positionIds });
  const hidden = decoder(graph, config, { inputIds, positionIds, attention }, { linear, maxPositions });
  const { logps, logits } = labelLogps(graph, config, hidden, { labelIndex, labels }, { linear });
  const all = logSoftmax(logits); // [labels, vocab]
  const vocabulary = { axes: [-1] };
  return {
    logps,
    distributions: all,
    statistics: {
      label_logps: stopGradient(logps),
      entropy: neg(sum(mul(exp(all), all), vocabulary)),
      is_top1: cast(equal(argmax(logits), labels), { dtype: 'float32' }),
      mean_logit: mean(logits, vocabulary),
    },
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
