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
  inParts,
  joinRanges,
  type LabelRange,
  type LoraTraining,
  meanOver,
  type PackedBatch,
  packBatch,
  packedForward,
  type TrainingTask,
} from '@charter/trainer';
import { type PreferencePair, pairTree } from './dpo-examples.js';
import type { DpoOptions } from './dpo-options.js';
import { type Both, losses } from './losses.js';
import { type WeightedLossOptions, weightedLoss } from './weighted-loss.js';

/** Log-probability of each whole answer, in nats. */
export interface PairLogps {
  readonly chosen: number;
  readonly rejected: number;
}

/** A pair, and what the reference thinks of it. */
export interface DpoExample extends PreferencePair {
  readonly reference: PairLogps;
}

export interface DpoTaskOptions
  extends WeightedLossOptions,
    Pick<DpoOptions, 'packing' | 'max_length' | 'tokens_at_once' | 'ld_alpha'> {
  readonly linear?: LoraTraining['linear'] | undefined;
}

// A policy that equals its reference differs from it by rounding, and would be "right" about half of the pairs.
const ROUNDING = 1e-6;

/**
 * Direct preference optimization as a task: the mean loss over the pairs of a pass, divided by the number of passes
 * that the step really has. Losses that look at a whole batch (`aot`, the mean of `sft`) see one pass at a time; those
 * that cannot be summed over its parts (`aot`) have it computed whole, whatever `tokens_at_once` says.
 *
 * @see Rafailov et al. 2023, equation 7; TRL 1.16 `dpo_trainer.py`, `_compute_loss`
 */
export const dpoTask = (config: ModelConfig, options: DpoTaskOptions): TrainingTask<DpoExample> => {
  const { linear, packing, max_length, beta, ld_alpha } = options;
  const together = options.loss_type.some(name => 'together' in losses[name]);
  const tokensAtOnce = together ? Number.POSITIVE_INFINITY : options.tokens_at_once;
  return {
    build(graph, mode) {
      const { logps, label_logps, entropy, is_top1, mean_logit } = packedForward(graph, config, {
        linear: linear?.(graph, mode),
        maxPositions: max_length,
      });
      const answers = graph.input('label_answer', 'int32', ['labels']); // 2 · pair, + 1 for the rejected answer
      const perAnswer = (name: string) => both(graph.input(name, 'float32', ['pairs', 2]));
      const passes = graph.input('passes_in_step', 'float32', []);

      const perPair = (values: Value) =>
        both(
          reshape(
            scatterAddRows(reshape(values, { shape: ['labels', 1] }), answers, { rows: mulDims('pairs', 2) }),
            { shape: ['pairs', 2] },
          ),
        );
      const whole = perPair(logps);
      const policy =
        ld_alpha === undefined
          ? whole
          : perPair(mul(logps, graph.input('label_weights', 'float32', ['labels'])));
      const reference = perAnswer('reference_logps');
      const ratios = {
        chosen: sub(policy.chosen, reference.chosen),
        rejected: sub(policy.rejected, reference.rejected),
      };
      const lengths = perAnswer('answer_lengths');
      // Of every token, whatever LD-DPO thinks of the longer answer's end.
      const chosenTokenLogp = div(
        sum(whole.chosen, { axes: [0] }),
        graph.input('chosen_tokens', 'float32', []),
      );
      const loss = weightedLoss({ policy, reference, ratios, lengths, chosenTokenLogp }, options);
      return { loss: div(loss, passes), outputs: { label_logps, entropy, is_top1, mean_logit } };
    },

    batch(examples, window) {
      const trees = examples.map(example => ({ ...pairTree(example), example }));
      const parts = inParts(trees, tokensAtOnce).map(part => ({
        ...packBatch(part, { packing, config }),
        examples: part.map(({ example }) => example),
      }));
      const ranges = joinRanges(parts);
      const chosenTokens = ranges.reduce((n, { branch, start, end }) => (branch ? n : n + end - start), 0);
      return {
        parts: parts.map(part => {
          // The graph takes means over the pairs that it sees.
          const share = part.examples.length / examples.length;
          return {
            ...part.feeds,
            ...answerFeeds(part),
            chosen_tokens: scalar(chosenTokens * share),
            ...(ld_alpha !== undefined && { label_weights: float32(labelWeights(part.ranges, ld_alpha)) }),
            passes_in_step: scalar(window.length / share),
          };
        }),
        tokens: parts.reduce((n, { tokens }) => n + tokens, 0),
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

/** What the graph reads of each answer: whose labels are whose, the reference, and tokens. */
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

/** The two columns of `[pairs, chosen | rejected]`, each `[pairs]`. */
const both = (x: Value): Both => {
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
