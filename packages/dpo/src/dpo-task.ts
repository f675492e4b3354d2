import type { ModelConfig } from '@charter/models';
import {
  div,
  float32,
  int32,
  mul,
  mulDims,
  reshape,
  scalar,
  scatterAddRows,
  slice,
  sub,
  sum,
  type Value,
} from '@charter/tensor';
import {
  joinRanges,
  type LabelRange,
  type LoraTraining,
  meanOver,
  type PackedBatch,
  packBatch,
  packedForward,
  splitByTokens,
  type TrainingTask,
} from '@charter/trainer';
import { pairTree, type TokenizedPair } from './dpo-examples.js';
import type { DpoOptions } from './dpo-options.js';
import { type ChosenRejected, lossNamed } from './losses.js';
import { type WeightedLossOptions, weightedLoss } from './weighted-loss.js';

/** Log-probability of each whole answer, in nats. */
export interface PairLogps {
  readonly chosen: number;
  readonly rejected: number;
}

/** A pair with its log-probabilities under the reference. */
export interface DpoExample extends TokenizedPair {
  readonly reference: PairLogps;
}

export interface DpoTaskOptions
  extends WeightedLossOptions,
    Pick<DpoOptions, 'packing' | 'max_length' | 'max_tokens_per_microbatch' | 'ld_alpha'> {
  readonly linear?: LoraTraining['linear'] | undefined;
}

// A policy that equals its reference differs from it by rounding, and would be "right" about half of the pairs.
const ROUNDING = 1e-6;

/**
 * Direct preference optimization as a task: the mean loss over the pairs of a batch, divided by the number of batches
 * in the step. Losses over a whole batch (`aot`, the mean of `sft`) see one batch at a time; a batchwise loss (`aot`),
 * which is no sum over microbatches, has the batch in one microbatch, whatever `max_tokens_per_microbatch` says.
 *
 * @see Rafailov et al. 2023, equation 7; TRL 1.16 `dpo_trainer.py`, `_compute_loss`
 */
export const dpoTask = (config: ModelConfig, options: DpoTaskOptions): TrainingTask<DpoExample> => {
  const { linear, packing, max_length, beta, ld_alpha } = options;
  const batchwise = options.loss_type.some(type => lossNamed(type).batchwise);
  const maxTokens = batchwise ? Number.POSITIVE_INFINITY : options.max_tokens_per_microbatch;
  return {
    build(graph, mode) {
      const { logps, label_logps, entropy, is_top1, mean_logit } = packedForward(graph, config, {
        linear: linear?.(graph, mode),
        maxPositions: max_length,
      });
      const answers = graph.input('label_answer', 'int32', ['labels']); // 2 · pair, + 1 for the rejected answer
      const perAnswer = (name: string) => columns(graph.input(name, 'float32', ['pairs', 2]));
      const batches = graph.input('batches_in_step', 'float32', []);

      const perPair = (values: Value) =>
        columns(
          reshape(
            scatterAddRows(reshape(values, { shape: ['labels', 1] }), answers, { rows: mulDims('pairs', 2) }),
            { shape: ['pairs', 2] },
          ),
        );
      const unweighted = perPair(logps);
      const policy =
        ld_alpha === undefined
          ? unweighted
          : perPair(mul(logps, graph.input('label_weights', 'float32', ['labels'])));
      const reference = perAnswer('reference_logps');
      const ratios = {
        chosen: sub(policy.chosen, reference.chosen),
        rejected: sub(policy.rejected, reference.rejected),
      };
      const lengths = perAnswer('answer_lengths');
      // Of every token, also of those that LD-DPO weights.
      const chosenTokenLogp = div(
        sum(unweighted.chosen, { axes: [0] }),
        graph.input('chosen_tokens', 'float32', []),
      );
      const loss = weightedLoss({ policy, reference, ratios, lengths, chosenTokenLogp }, options);
      return { loss: div(loss, batches), outputs: { label_logps, entropy, is_top1, mean_logit } };
    },

    batch(examples, stepBatches, processes) {
      const trees = examples.map(example => ({ ...pairTree(example), example }));
      const microbatches = splitByTokens(trees, maxTokens, batchwise ? 1 : processes).map(group => ({
        ...packBatch(group, { packing, config }),
        examples: group.map(({ example }) => example),
      }));
      const ranges = joinRanges(microbatches);
      const chosenTokens = ranges.reduce((n, { branch, start, end }) => (branch ? n : n + end - start), 0);
      return {
        microbatches: microbatches.map(microbatch => {
          // The graph averages over the pairs of a microbatch.
          const share = microbatch.examples.length / examples.length;
          return {
            ...microbatch.feeds,
            ...answerFeeds(microbatch),
            chosen_tokens: scalar(chosenTokens * share),
            ...(ld_alpha !== undefined && {
              label_weights: float32(labelWeights(microbatch.ranges, ld_alpha)),
            }),
            batches_in_step: scalar(stepBatches.length / share),
          };
        }),
        tokens: microbatches.reduce((n, { tokens }) => n + tokens, 0),
        metrics: outputs => {
          const policy = answerLogps(outputs.label_logps!.data, ranges, ld_alpha);
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

/** Feeds about each answer: the answer of each label, reference log-probabilities, and lengths. */
const answerFeeds = ({ examples, feeds, ranges }: PackedBatch & { examples: readonly DpoExample[] }) => {
  const answers = new Int32Array(feeds.labels.data.length);
  for (const { tree, branch, start, end } of ranges) answers.fill(2 * tree + branch, start, end);
  const reference = examples.flatMap(({ reference: { chosen, rejected } }) => [chosen, rejected]);
  const lengths = examples.flatMap(({ chosen, rejected }) => [chosen.length, rejected.length]);
  return {
    label_answer: int32(answers),
    reference_logps: float32(reference, [examples.length, 2]),
    answer_lengths: float32(lengths, [examples.length, 2]),
  };
};

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const rewards = (policy: readonly PairLogps[], examples: readonly DpoExample[], beta: number) => {
  const rated = policy.map((pair, i) => {
    const { reference } = examples[i]!;
    const chosen = beta * (pair.chosen - reference.chosen);
    const rejected = beta * (pair.rejected - reference.rejected);
    const noise = ROUNDING * beta * (Math.abs(pair.chosen) + Math.abs(pair.rejected));
    return { chosen, rejected, right: chosen - rejected > noise };
  });
  return {
    'rewards/chosen': average(rated.map(({ chosen }) => chosen)),
    'rewards/rejected': average(rated.map(({ rejected }) => rejected)),
    'rewards/accuracies': average(rated.map(({ right }) => Number(right))),
    'rewards/margins': average(rated.map(({ chosen, rejected }) => chosen - rejected)),
  };
};

/** The two columns of `[pairs, chosen | rejected]`, each `[pairs]`. */
const columns = (x: Value): ChosenRejected => {
  const column = (at: number) =>
    reshape(slice(x, { axis: 1, start: at, end: at + 1 }), { shape: [x.shape[0]!] });
  return { chosen: column(0), rejected: column(1) };
};

/**
 * Weight of each label: 1 as far as the shorter answer of its pair reaches, `ld_alpha` behind that.
 *
 * @see Liu et al. 2024 (LD-DPO), equation 10
 */
const labelWeights = (ranges: readonly LabelRange[], ld_alpha: number): number[] => {
  const shared = new Map<number, number>();
  for (const { tree, start, end } of ranges) {
    shared.set(tree, Math.min(shared.get(tree) ?? Number.POSITIVE_INFINITY, end - start));
  }
  const weights: number[] = [];
  for (const { tree, start, end } of ranges) {
    for (let i = start; i < end; i++) weights[i] = i - start < shared.get(tree)! ? 1 : ld_alpha;
  }
  return weights;
};

/** Sums of token log-probabilities over each answer of a packed batch, weighted by `ld_alpha` where it is given. */
export const answerLogps = (
  labelLogps: ArrayLike<number>,
  ranges: readonly LabelRange[],
  ld_alpha?: number | undefined,
): PairLogps[] => {
  const weights = ld_alpha === undefined ? undefined : labelWeights(ranges, ld_alpha);
  const sums: [number, number][] = [];
  for (const { tree, branch, start, end } of ranges) {
    sums[tree] ??= [0, 0];
    for (let i = start; i < end; i++) sums[tree][branch]! += labelLogps[i]! * (weights?.[i] ?? 1);
  }
  return sums.map(([chosen, rejected]) => ({ chosen, rejected }));
};
