import { type Graph, gather, logSoftmax, pick, type Value } from '@charter/tensor';
import { languageModelHead } from './decoder.js';
import type { ModelConfig } from './model-config.js';
import type { LinearLayer } from './module.js';

/**
 * Log-probabilities of given tokens. The vocabulary is projected only where a label asks for it.
 *
 * @param hidden the decoder's output, float32 `[rows * time, hidden]`
 * @param inputs.labelIndex int32 `[labels]`: where in `hidden` each label is predicted, one position before its token
 * @param inputs.labels int32 `[labels]`: the tokens
 * @returns `logps` float32 `[labels]` in nats, and the `logits` `[labels, vocab]` that they come from
 */
export const labelLogps = (
  graph: Graph,
  config: ModelConfig,
  hidden: Value,
  { labelIndex, labels }: { readonly labelIndex: Value; readonly labels: Value },
  options: { readonly linear?: LinearLayer | undefined } = {},
): { logps: Value; logits: Value } => {
  const logits = languageModelHead(graph, config, gather(hidden, labelIndex), options); // [labels, vocab]
  return { logps: pick(logSoftmax(logits), labels), logits };
};
