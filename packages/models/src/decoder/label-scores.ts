import {
  add,
  and,
  cast,
  concat,
  equal,
  exp,
  type Graph,
  gather,
  int32,
  less,
  lessEqual,
  log,
  logSoftmax,
  matmul,
  max,
  mean,
  mul,
  neg,
  reshape,
  slice,
  softmax,
  stopGradient,
  sub,
  sum,
  swapLast,
  takeAlongLastAxis,
  type Value,
  where,
} from '@charter/tensor';
import { gatherRows } from '../attention/gather-rows.js';
import type { ModelConfig } from '../config/model-config.js';
import { headWeight, languageModelHead } from './decoder.js';
import { type LinearLayer, plainLinear } from './module.js';

/** Scores of given tokens, each float32 `[labels]`. */
export interface LabelScores {
  /** Log-probability of the label, in nats. */
  readonly logps: Value;
  /** The same without a gradient, for which less has to be computed. */
  readonly label_logps: Value;
  /** Of the distribution, in nats; like what follows, without a gradient. */
  readonly entropy: Value;
  /** 1 where no token is likelier than the label, else 0. */
  readonly is_top1: Value;
  /** Mean logit of the vocabulary. */
  readonly mean_logit: Value;
}

export interface LabelInputs {
  /** int32 `[labels]`: the row of `hidden` that predicts each label, that of the token before it. */
  readonly labelIndex: Value;
  /** int32 `[labels]`: the tokens. */
  readonly labels: Value;
}

export interface LabelScoreOptions {
  readonly linear?: LinearLayer | undefined;
  /** Ids of the vocabulary that are projected at once; default 8192. */
  readonly chunk?: number | undefined;
}

/**
 * Scores of given tokens. The vocabulary is projected only where a label asks for it, and a part of it at a time:
 * the full logits never exist, neither in the forward nor in the backward pass, as long as the projection is frozen.
 *
 * With p the distribution, W the projection and h the hidden state, the gradient of a label's log-probability by h is
 * `W[label] − p W`. The forward pass gathers p W beside the sum of exponentials, so the backward pass is one product
 * with numbers `[labels, hidden]`. p W gives the entropy too: `log Σ exp(z) − h · p W`.
 *
 * @param hidden the decoder's output, float32 `[tokens, hidden]`
 */
export const labelScores = (
  graph: Graph,
  config: ModelConfig,
  hidden: Value,
  { labelIndex, labels }: LabelInputs,
  { linear = plainLinear, chunk = 8192 }: LabelScoreOptions = {},
): LabelScores => {
  const h = gatherRows(hidden, labelIndex); // [labels, hidden]
  const weight = headWeight(graph, config, linear); // [vocab, hidden]
  const logits = languageModelHead(graph, config, h, { linear }); // [labels, vocab]
  const frozen = weight.kind === 'weight' && logits === languageModelHead(graph, config, h);
  return frozen ? scoresInParts(h, weight, labels, chunk) : scoresOfLogits(logits, labels);
};

/** All distributions over the vocabulary at once, log-probabilities in nats: float32 `[labels, vocab]`. */
export const labelDistributions = (
  graph: Graph,
  config: ModelConfig,
  hidden: Value,
  labelIndex: Value,
  options: { readonly linear?: LinearLayer | undefined } = {},
): Value => logSoftmax(languageModelHead(graph, config, gatherRows(hidden, labelIndex), options));

const rows = { axes: [-1], keepdims: true };
const overRow = { axes: [-1] };

const scoresOfLogits = (logits: Value, labels: Value): LabelScores => {
  const all = logSoftmax(logits); // [labels, vocab]
  const logps = takeAlongLastAxis(all, labels);
  const frozen = stopGradient(all);
  return {
    logps,
    label_logps: stopGradient(logps),
    entropy: neg(sum(mul(exp(frozen), frozen), overRow)),
    is_top1: cast(equal(takeAlongLastAxis(frozen, labels), max(frozen, overRow)), { dtype: 'float32' }),
    mean_logit: mean(stopGradient(logits), overRow),
  };
};

const scoresInParts = (trained: Value, weight: Value, labels: Value, chunk: number): LabelScores => {
  const h = stopGradient(trained); // [labels, hidden]
  const [vocab, hidden] = weight.shape as [number, number];
  const [count] = labels.shape;
  const parts = Array.from({ length: Math.ceil(vocab / chunk) }, (_, i) =>
    scorePart(h, weight, labels, { start: i * chunk, end: Math.min(vocab, (i + 1) * chunk) }),
  );
  const side = (of: (part: Part) => Value) => concat(parts.map(of), { axis: 1 }); // [labels, parts]
  const sums = side(part => part.logSum);
  const highest = max(sums, rows);
  const logSum = add(highest, log(sum(exp(sub(sums, highest)), rows))); // [labels, 1]
  const mixed = parts
    .map(part => mul(part.mixed, exp(sub(part.logSum, logSum))))
    .reduce((total, part) => add(total, part)); // p W, [labels, hidden]

  const perLabel = (x: Value) => reshape(x, { shape: [count!] });
  const score = sum(
    side(part => part.score),
    overRow,
  ); // [labels]
  const label_logps = sub(score, perLabel(logSum));
  const slope = sub(gather(weight, labels), mixed); // [labels, hidden]
  return {
    // The added term is 0, with the gradient that was promised.
    logps: add(label_logps, sum(mul(sub(trained, h), slope), overRow)),
    label_logps,
    entropy: sub(perLabel(logSum), sum(mul(h, mixed), overRow)),
    is_top1: cast(
      equal(
        score,
        max(
          side(part => part.highest),
          overRow,
        ),
      ),
      { dtype: 'float32' },
    ),
    mean_logit: perLabel(matmul(h, reshape(mean(weight, { axes: [0] }), { shape: [hidden, 1] }))),
  };
};

/** Partial results of a part of the vocabulary, each `[labels, 1]` but for `mixed`. */
interface Part {
  /** log Σ exp(logit) */
  readonly logSum: Value;
  readonly highest: Value;
  /** The label's logit, or 0 where the label is elsewhere. */
  readonly score: Value;
  /** Rows of the projection by the part's own softmax, `[labels, hidden]`. */
  readonly mixed: Value;
}

const scorePart = (
  h: Value,
  weight: Value,
  labels: Value,
  { start, end }: { start: number; end: number },
): Part => {
  const { graph } = h;
  const part = slice(weight, { axis: 0, start, end }); // [size, hidden]
  const logits = matmul(h, swapLast(part)); // [labels, size]
  const p = softmax(logits);
  const highest = max(logits, rows);
  const id = (n: number) => graph.constant(int32([n], []));
  const inside = and(lessEqual(id(start), labels), less(labels, id(end)));
  const own = takeAlongLastAxis(logits, where(inside, sub(labels, id(start)), id(0)));
  return {
    // The most likely token's probability is at least 1 / size, so its logarithm is safe.
    logSum: sub(highest, log(max(p, rows))),
    highest,
    score: reshape(where(inside, own, 0), { shape: [labels.shape[0]!, 1] }),
    mixed: matmul(p, part),
  };
};
