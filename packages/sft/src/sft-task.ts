import type { ModelConfig } from '@charter/models';
import { div, exp, mul, neg, scalar, stopGradient, sum } from '@charter/tensor';
import {
  inParts,
  joinRanges,
  type LoraTraining,
  meanOver,
  packBatch,
  packedForward,
  type TrainingTask,
} from '@charter/trainer';
import type { SftExample } from './sft-examples.js';
import type { SftOptions } from './sft-options.js';

const labelCount = (example: SftExample): number => example.labelled.slice(1).filter(Boolean).length;

export interface SftTaskOptions {
  /** How linear layers are computed in training and evaluation; default: plainly, for a model trained whole. */
  readonly linear?: LoraTraining['linear'] | undefined;
  readonly packing: boolean;
  readonly max_length: number;
  /** Most tokens of a part of a pass; default: a pass is computed whole. */
  readonly tokens_at_once?: number | undefined;
  /** Default `nll`. */
  readonly loss_type?: SftOptions['loss_type'] | undefined;
}

/**
 * Supervised fine-tuning as a task: cross-entropy of the learnt tokens in nats, averaged over all of them in a step,
 * however the step is cut into passes. With `dft` each token's is weighted by its own probability, without a gradient.
 *
 * @see TRL 1.16 `sft_trainer.py`, `compute_loss` (`num_items_in_batch`); Wu et al. 2025 (DFT), equation 9
 */
export const sftTask = (
  config: ModelConfig,
  { linear, packing, max_length, tokens_at_once = Number.POSITIVE_INFINITY, loss_type }: SftTaskOptions,
): TrainingTask<SftExample> => ({
  build(graph, mode) {
    const { logps, entropy, is_top1 } = packedForward(graph, config, {
      linear: linear?.(graph, mode),
      maxPositions: max_length,
    });
    const items = graph.input('num_items_in_batch', 'float32', []);
    const learnt = loss_type === 'dft' ? mul(logps, stopGradient(exp(logps))) : logps; // [labels]
    return { loss: div(neg(sum(learnt, { axes: [0] })), items), outputs: { entropy, is_top1 } };
  },
  batch(examples, window) {
    const trees = examples.map(branch => ({ prefix: [], branches: [branch] }));
    const parts = inParts(trees, tokens_at_once).map(part => packBatch(part, { packing, config }));
    const ranges = joinRanges(parts);
    const items = window.flat().reduce((n, example) => n + labelCount(example), 0);
    return {
      parts: parts.map(({ feeds }) => ({ ...feeds, num_items_in_batch: scalar(items) })),
      tokens: parts.reduce((n, { tokens }) => n + tokens, 0),
      metrics: outputs => ({
        entropy: meanOver(outputs.entropy!, ranges),
        mean_token_accuracy: meanOver(outputs.is_top1!, ranges),
      }),
    };
  },
  fingerprint: ({ ids, labelled }) => `${ids} ${labelled.map(Number)}`,
});
