import { Graph, type OpSpec, type Sample, type Value } from '../graph.js';
import { applyOp } from '../op.js';
import { mul } from '../ops/binary.js';
import { sum } from '../ops/reduce.js';
import { float32, type Tensor } from '../tensor.js';

/** Numbers in [-1, 1) that are the same in every run. */
export const pseudoRandom = (seed = 1): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
};

export interface SampleProgram {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly output: Value;
  /** A scalar in which every element of the output has a weight of its own. */
  readonly loss: Value | undefined;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** An operation applied to one of its samples, as a program with inputs `x0`, `x1`, … */
export const sampleProgram = (spec: OpSpec<object>, sample: Sample): SampleProgram => {
  const random = pseudoRandom(spec.name.length + 7);
  const [low, high] = sample.range ?? [-1, 1];
  const graph = new Graph();
  const tensors = sample.inputs.map(input =>
    'dtype' in input
      ? input
      : float32(
          Array.from(
            { length: input.reduce((n, d) => n * d, 1) },
            () => low + ((high - low) * (random() + 1)) / 2,
          ),
          input,
        ),
  );
  const inputs = tensors.map((tensor, i) => graph.input(`x${i}`, tensor.dtype, tensor.shape));
  const output = applyOp(spec, inputs, sample.attrs ?? {}, graph);
  const shape = output.shape as number[];
  const weights = float32(Array.from({ length: shape.reduce((n, d) => n * d, 1) }, random), shape);
  const loss =
    output.dtype === 'float32'
      ? sum(mul(output, graph.constant(weights)), { axes: shape.map((_, i) => i) })
      : undefined;
  return {
    graph,
    inputs,
    output,
    loss,
    feeds: Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor])),
  };
};
