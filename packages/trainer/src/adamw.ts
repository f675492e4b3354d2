import {
  add,
  div,
  Graph,
  minimum,
  mul,
  type Program,
  type Runtime,
  sqrt,
  sub,
  sum,
  type Value,
} from '@charter/tensor';

export interface AdamWOptions {
  readonly adam_beta1: number;
  readonly adam_beta2: number;
  readonly adam_epsilon: number;
  readonly weight_decay: number;
  readonly max_grad_norm: number;
}

/** The inputs that change with each step, all scalars. */
export interface AdamWStep {
  readonly learning_rate: number;
  /** Counts from 1. */
  readonly step: number;
}

/**
 * AdamW with global norm clipping as a program over flat arrays, so that it runs where the parameters live.
 *
 * Inputs `parameters`, `gradients`, `exp_avg`, `exp_avg_sq`, float32 `[n]`, and the scalars of `adamwScalars`; outputs
 * `next_parameters`, `next_exp_avg`, `next_exp_avg_sq`, and `grad_norm`, the norm before clipping.
 *
 * @param selective whether `weight_decay` acts only where a further input `decayed`, float32 `[n]`, is 1 and not 0
 * @see Loshchilov and Hutter 2019, algorithm 2; torch.optim.AdamW and torch.nn.utils.clip_grad_norm_
 */
export const compileAdamW = (
  runtime: Runtime,
  options: AdamWOptions,
  { selective = false }: { readonly selective?: boolean } = {},
): Promise<Program> => {
  const graph = new Graph();
  const [p, g, m, v] = ['parameters', 'gradients', 'exp_avg', 'exp_avg_sq'].map(name =>
    graph.input(name, 'float32', ['n']),
  ) as [Value, Value, Value, Value];
  const [stepSize, decay, secondCorrection] = ['step_size', 'decay', 'second_correction'].map(name =>
    graph.input(name, 'float32', []),
  ) as [Value, Value, Value];
  const { adam_beta1: b1, adam_beta2: b2, adam_epsilon: eps, max_grad_norm } = options;

  const squares = mul(g, g);
  const norm = graph.output('grad_norm', sqrt(sum(squares, { axes: [0] })));
  // Scalars first: the arrays are long.
  const clip = max_grad_norm > 0 ? minimum(div(max_grad_norm, add(norm, 1e-6)), 1) : graph.number(1);
  const first = graph.output('next_exp_avg', add(mul(m, b1), mul(g, mul(clip, 1 - b1))));
  const second = graph.output(
    'next_exp_avg_sq',
    add(mul(v, b2), mul(squares, mul(mul(clip, clip), 1 - b2))),
  );
  const denominator = add(div(sqrt(second), secondCorrection), eps);
  const kept = selective
    ? add(mul(graph.input('decayed', 'float32', ['n']), sub(decay, 1)), 1) // [n]
    : decay;
  graph.output('next_parameters', sub(mul(p, kept), mul(stepSize, div(first, denominator))));
  return runtime.compile(graph);
};

/** The scalars of one AdamW step: `p ← p · decay − step_size · m / (√v / second_correction + ε)`. */
export const adamwScalars = (
  { learning_rate, step }: AdamWStep,
  { adam_beta1, adam_beta2, weight_decay }: AdamWOptions,
): Record<'step_size' | 'decay' | 'second_correction', number> => ({
  step_size: learning_rate / (1 - adam_beta1 ** step),
  decay: 1 - learning_rate * weight_decay,
  second_correction: Math.sqrt(1 - adam_beta2 ** step),
});
