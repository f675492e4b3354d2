import {
  add,
  type Graph,
  int32,
  iota,
  less,
  log,
  matmul,
  max,
  mul,
  mulDims,
  reshape,
  sigmoid,
  softmax,
  sub,
  swapLast,
  transpose,
  type Value,
  where,
} from '@charter/tensor';
import type { ModelConfig } from '../config/model-config.js';
import { additiveMask, HIDDEN, oncePerWindow } from './attention.js';

/** Partial attention over some keys: the weighted values, and log Σ exp of the scores. */
export interface Attended {
  /** `[rows, kv_heads, group * time, head_dim]` */
  readonly attended: Value;
  /** `[rows, kv_heads, group * time, 1]` */
  readonly logSum: Value;
}

/**
 * Joins what queries see of the shared prefix to what they see of their own rows. The queries of all rows are one
 * matrix there, so that the prefix is read once, however many rows there are.
 */
export const sharedPrefix = (
  graph: Graph,
  config: ModelConfig,
  { positions, prefixLength }: { readonly positions: Value; readonly prefixLength: Value },
) => {
  const [rows, time] = positions.shape;
  const kvHeads = config.num_key_value_heads;
  const folded = mulDims(config.num_attention_heads / kvHeads, time!);
  const allRows = mulDims(rows!, folded);
  const size = 'prefix';
  const shape = [1, kvHeads, size, config.head_dim];
  const rowsTogether = (x: Value) =>
    reshape(transpose(x, { perm: [1, 0, 2, 3] }), { shape: [1, kvHeads, allRows, config.head_dim] });
  const rowsApart = (x: Value) =>
    transpose(reshape(x, { shape: [kvHeads, rows!, folded, x.shape[3]!] }), { perm: [1, 0, 2, 3] });
  const hiddenWhenEmpty = where(less(graph.constant(int32([0], [])), prefixLength), 0, HIDDEN); // []
  const windowMask = oncePerWindow(window => {
    const near = less(sub(positions, iota(graph, size)), graph.constant(int32([window!], []))); // [rows, time, prefix]
    return reshape(additiveMask(near, config), { shape: [1, 1, allRows, size] });
  });

  return (queries: Value, own: Attended, index: number, window: number | undefined): Value => {
    const keys = graph.input(`prefix_key_values.${index}.key`, 'float32', shape);
    const values = graph.input(`prefix_key_values.${index}.value`, 'float32', shape);
    const all = matmul(rowsTogether(queries), swapLast(keys)); // [1, kv_heads, rows * group * time, prefix]
    const scores = window === undefined ? all : add(all, windowMask(window));
    const weights = softmax(scores);
    const attended = rowsApart(matmul(weights, values)); // [rows, kv_heads, group * time, head_dim]
    const logSum = rowsApart(add(logSumOf(scores, weights), hiddenWhenEmpty)); // [rows, kv_heads, group * time, 1]
    // e^a / (e^a + e^b), the prefix's share of a softmax over all keys.
    const share = sigmoid(sub(logSum, own.logSum));
    return add(own.attended, mul(share, sub(attended, own.attended)));
  };
};

/**
 * log Σ exp of scores along the last axis, from the softmax that is there already: the largest weight is
 * `exp(largest score - log Σ exp)`, and never so small that its logarithm is lost.
 */
export const logSumOf = (scores: Value, weights: Value): Value => {
  const last = { axes: [-1], keepdims: true };
  return sub(max(scores, last), log(max(weights, last)));
};
