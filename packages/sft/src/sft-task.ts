import type { ModelConfig } from '@charter/models';
import { div, exp, mul, neg, scalar, stopGradient, sum } from '@charter/tensor';
import {
  joinRanges,
  type LoraTraining,
  meanOver,
  packBatch,
  packedForward,
  splitByTokens,
  type TrainingTask,
} from '@charter/trainer';
import type { SftExample } from './sft-examples.js';
import type { SftOptions } from './sft-options.js';

const labelCount = (example: SftExample): number => example.lossMask.slice(1).filter(Boolean).length;

export interface SftTaskOptions {
  /** Linear layers in training and evaluation; default: those of the model, for full fine-tuning. */
  readonly linear?: LoraTraining['linear'] | undefined;
  readonly packing: boolean;
  readonly max_length: number;
  /** Maximum number of tokens per microbatch; default: a batch is one microbatch. */
  readonly max_tokens_per_microbatch?: number | undefined;
  /** Default `nll`. */
  readonly loss_type?: SftOptions['loss_type'] | undefined;
}

/**
 * Supervised fine-tuning as a task: cross-entropy of the trained tokens in nats, averaged over all of them in a step,
 * whatever its batches. With `dft` each token's loss is weighted by the token's own probability, without a gradient.
 *
 * @see TRL 1.16 `sft_trainer.py`, `compute_loss` (`num_items_in_batch`); Wu et al. 2025 (DFT), equation 9
 */
export const sftTask = (
  config: ModelConfig,
  {
    linear,
    packing,
    max_length,
    max_tokens_per_microbatch = Number.POSITIVE_INFINITY,
    loss_type,
  }: SftTaskOptions,
): TrainingTask<SftExample> => ({
  build(graph, mode) {
    const { logps, entropy, is_top1 } = packedForward(graph, config, {
      linear: linear?.(graph, mode),
      maxPositions: max_length,
    });
    const items = graph.input('num_items_in_batch', 'float32', []);
    const weighted = loss_type === 'dft' ? mul(logps, stopGradient(exp(logps))) : logps; // [labels]
    return { loss: div(neg(sum(weighted, { axes: [0] })), items), outputs: { entropy, is_top1 } };
  },
  batch(examples, stepBatches, processes) {
    const trees = examples.map(branch => ({ prefix: [], branches: [branch] }));
    const microbatches = splitByTokens(trees, max_tokens_per_microbatch, processes).map(group =>
      packBatch(group, { packing, config }),
    );
    const ranges = joinRanges(microbatches);
    const items = stepBatches.flat().reduce((n, example) => n + labelCount(example), 0);
    return {
      microbatches: microbatches.map(({ feeds }) => ({ ...feeds, num_items_in_batch: scalar(items) })),
      tokens: microbatches.reduce((n, { tokens }) => n + tokens, 0),
      metrics: outputs => ({
        entropy: meanOver(outputs.entropy!, ranges),
        mean_token_accuracy: meanOver(outputs.is_top1!, ranges),
      }),
    };
  },
  fingerprint: ({ ids, lossMask }) => `${ids} ${lossMask.map(Number)}`,
});
