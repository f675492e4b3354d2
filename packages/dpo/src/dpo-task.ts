import type { ModelConfig } from '@charter/models';
import {
  div,
  float32,
  int32,
  mean,
  mulDims,
  reshape,
  scalar,
  scatterRows,
  slice,
  sub,
} from '@charter/tensor';
import {
  type LabelRange,
  type LoraTraining,
  meanOver,
  packBatch,
  packedForward,
  type TrainingTask,
} from '@charter/trainer';
import { type PreferencePair, pairTree } from './dpo-examples.js';
import type { DpoOptions } from './dpo-options.js';
import { losses } from './losses.js';

/** Log-probability of each whole answer, in nats. */
export interface PairLogps {
  readonly chosen: number;
  readonly rejected: number;
}

/** A pair, and what the reference thinks of it. */
export interface DpoExample extends PreferencePair {
  readonly reference: PairLogps;
}

export interface DpoTaskOptions extends Pick<DpoOptions, 'packing' | 'max_length' | 'loss_type' | 'beta'> {
  readonly linear?: LoraTraining['linear'] | undefined;
}

// A policy that equals its reference differs from it by rounding, and would be "right" about half of the pairs.
const ROUNDING = 1e-6;

/**
 * Direct preference optimization as a task: the mean loss over the pairs of a pass, divided by the number of passes
 * that the step really has.
 *
 * @see Rafailov et al. 2023, equation 7; TRL 1.16 `dpo_trainer.py`, `_compute_loss`
 */
export const dpoTask = (config: ModelConfig, options: DpoTaskOptions): TrainingTask<DpoExample> => {
  const { linear, packing, max_length, loss_type, beta } = options;
  return {
    build(graph, mode) {
      const { logps, statistics } = packedForward(graph, config, {
        linear: linear?.(graph, mode),
        maxPositions: max_length,
      });
      const answers = graph.input('label_answer', 'int32', ['labels']); // 2 · pair, + 1 for the rejected answer
      const reference = graph.input('reference_logps', 'float32', ['pairs', 2]);
      const passes = graph.input('passes_in_step', 'float32', []);

      const sums = scatterRows(reshape(logps, { shape: ['labels', 1] }), answers, {
        rows: mulDims('pairs', 2),
      });
      const ratios = sub(reshape(sums, { shape: ['pairs', 2] }), reference); // [pairs, chosen | rejected]
      const column = (at: number) =>
        reshape(slice(ratios, { axis: 1, start: at, end: at + 1 }), { shape: ['pairs'] });
      const perPair = losses[loss_type]({ chosen: column(0), rejected: column(1) }, { beta }); // [pairs]
      return { loss: div(mean(perPair, { axes: [0] }), passes), outputs: { ...statistics } };
    },

    batch(examples, window) {
      const { feeds, ranges, tokens } = packBatch(examples.map(pairTree), { packing });
      const answers = new Int32Array(feeds.labels!.data.length);
      for (const { tree, branch, start, end } of ranges) answers.fill(2 * tree + branch, start, end);
      const reference = examples.flatMap(({ reference: { chosen, rejected } }) => [chosen, rejected]);
      return {
        feeds: {
          ...feeds,
          label_answer: int32(answers),
          reference_logps: float32(reference, [examples.length, 2]),
          passes_in_step: scalar(window.length),
        },
        tokens,
        metrics: outputs => {
          const policy = answerLogps(outputs.label_logps!.data, ranges, examples.length);
          const [chosen, rejected] = [0, 1].map(branch => ranges.filter(range => range.branch === branch));
          return {
            ...rewards(policy, examples, beta),
            'logps/chosen': average(policy.map(pair => pair.chosen)),
            'logps/rejected': average(policy.map(pair => pair.rejected)),
            'logits/chosen': meanOver(outputs.mean_logit!, chosen!),
            'logits/rejected': meanOver(outputs.mean_logit!, rejected!),
            entropy: meanOver(outputs.entropy!, ranges),
            mean_token_accuracy: meanOver(outputs.is_top1!, chosen!),
          };
        },
      };
    },

    // The reference's log-probabilities follow from the run's settings; computed anew, they may differ by rounding.
    fingerprint: ({ prompt, chosen, rejected }) => `${prompt}|${chosen}|${rejected}`,
  };
};

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const rewards = (policy: readonly PairLogps[], examples: readonly DpoExample[], beta: number) => {
  const judged = policy.map((pair, i) => {
    const { reference } = examples[i]!;
    const chosen = beta * (pair.chosen - reference.chosen);
    const rejected = beta * (pair.rejected - reference.rejected);
    const noise = ROUNDING * beta * (Math.abs(pair.chosen) + Math.abs(pair.rejected));
    return { chosen, rejected, right: chosen - rejected > noise };
  });
  return {
    'rewards/chosen': average(judged.map(({ chosen }) => chosen)),
    'rewards/rejected': average(judged.map(({ rejected }) => rejected)),
    'rewards/accuracies': average(judged.map(({ right }) => Number(right))),
    'rewards/margins': average(judged.map(({ chosen, rejected }) => chosen - rejected)),
  };
};

/** Sums of token log-probabilities over each answer of a packed batch. */
export const answerLogps = (
  labelLogps: ArrayLike<number>,
  ranges: readonly LabelRange[],
  pairs: number,
): PairLogps[] => {
  const sums = Array.from({ length: pairs }, () => [0, 0]);
  for (const { tree, branch, start, end } of ranges) {
    for (let i = start; i < end; i++) sums[tree]![branch]! += labelLogps[i]!;
  }
  return sums.map(([chosen, rejected]) => ({ chosen: chosen!, rejected: rejected! }));
};
