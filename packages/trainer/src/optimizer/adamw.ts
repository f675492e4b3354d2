import {
  add,
  div,
  Graph,
  mul,
  type Program,
  type Runtime,
  sqrt,
  sub,
  sum,
  type Value,
} from '@charter/tensor';
import { pieceName } from './flat-parameters.js';

export interface AdamWOptions {
  readonly adam_beta1: number;
  readonly adam_beta2: number;
  readonly adam_epsilon: number;
  readonly weight_decay: number;
  readonly max_grad_norm: number;
}

/** Values that change with each step. */
export interface AdamWStep {
  readonly learning_rate: number;
  /** Counts from 1. */
  readonly step: number;
  /** Norm of all gradients. */
  readonly grad_norm: number;
}

/** The norm of all gradients, `grad_norm`, from pieces of them: inputs `gradients.0` and so on, float32 `[sizes[i]]`. */
export const compileGradNorm = (runtime: Runtime, sizes: readonly number[]): Promise<Program> => {
  const graph = new Graph();
  const squares = sizes.map((size, i) => {
    const g = graph.input(pieceName('gradients', i), 'float32', [size]);
    return sum(mul(g, g), { axes: [0] });
  });
  graph.output('grad_norm', sqrt(squares.reduce((total, next) => add(total, next))));
  return runtime.compile(graph);
};

/**
 * AdamW with global norm clipping as a program over a piece of flat arrays, so that it runs where the parameters live.
 *
 * Inputs `parameters`, `gradients`, `exp_avg`, `exp_avg_sq`, float32 `[n]`, and the scalars of `adamwScalars`; outputs
 * `next_parameters`, `next_exp_avg`, `next_exp_avg_sq`.
 *
 * @param selective whether `weight_decay` acts only where a further input `decayed`, float32 `[n]`, is 1 and not 0
 * @see Loshchilov and Hutter 2019, algorithm 2; torch.optim.AdamW and torch.nn.utils.clip_grad_norm_
 */
export const compileAdamW = (
  runtime: Runtime,
  { adam_beta1: b1, adam_beta2: b2, adam_epsilon: eps }: AdamWOptions,
  { selective = false }: { readonly selective?: boolean } = {},
): Promise<Program> => {
  const graph = new Graph();
  const [p, g, m, v] = ['parameters', 'gradients', 'exp_avg', 'exp_avg_sq'].map(name =>
    graph.input(name, 'float32', ['n']),
  ) as [Value, Value, Value, Value];
  const [stepSize, decay, secondCorrection, clip] = ['step_size', 'decay', 'second_correction', 'clip'].map(
    name => graph.input(name, 'float32', []),
  ) as [Value, Value, Value, Value];

  const clipped = mul(g, clip);
  const first = graph.output('next_exp_avg', add(mul(m, b1), mul(clipped, 1 - b1)));
  const second = graph.output('next_exp_avg_sq', add(mul(v, b2), mul(mul(clipped, clipped), 1 - b2)));
  const denominator = add(div(sqrt(second), secondCorrection), eps);
  const kept = selective
    ? add(mul(graph.input('decayed', 'float32', ['n']), sub(decay, 1)), 1) // [n]
    : decay;
  graph.output('next_parameters', sub(mul(p, kept), mul(stepSize, div(first, denominator))));
  return runtime.compile(graph);
};

/**
 * The scalars of one AdamW step: `g ← g · clip`, `p ← p · decay − step_size · m / (√v / second_correction + ε)`. Without
 * a `max_grad_norm` above 0 nothing is clipped.
 */
export const adamwScalars = (
  { learning_rate, step, grad_norm }: AdamWStep,
  { adam_beta1, adam_beta2, weight_decay, max_grad_norm }: AdamWOptions,
): Record<'step_size' | 'decay' | 'second_correction' | 'clip', number> => ({
  step_size: learning_rate / (1 - adam_beta1 ** step),
  decay: 1 - learning_rate * weight_decay,
  second_correction: Math.sqrt(1 - adam_beta2 ** step),
  clip: max_grad_norm > 0 ? Math.min(1, max_grad_norm / (grad_norm + 1e-6)) : 1,
});
