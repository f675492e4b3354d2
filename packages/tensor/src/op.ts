import { formatShape, type Shape } from './dim.js';
import { GraphError, ShapeError } from './errors.js';
import type { Graph, Operand, Value } from './graph.js';
import type { DType, Tensor } from './tensor.js';

/** What a gradient rule sees: the operation's inputs and output, and the gradient of the loss by that output. */
export interface Backward<A> {
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly upstream: Value;
  readonly attrs: A;
}

/** Inputs on which the finite-difference check tries an operation. A shape stands for random float32 values. */
export interface Sample<A = object> {
  readonly inputs: readonly (readonly number[] | Tensor)[];
  readonly attrs?: A;
  /** Range of the random values; default -1 to 1. */
  readonly range?: readonly [number, number];
}

/** One gradient for each input; `undefined` where there is none. */
export type InputGradients = readonly (Value | undefined)[];

export interface OpSpec<A extends object> {
  readonly name: string;
  /** Shape of the output; throws by `fail` when the inputs do not fit. */
  shape(inputs: readonly Shape[], attrs: A, fail: (message: string) => never): Shape;
  /** Type of the output; default: that of the first input. */
  dtype?: (inputs: readonly DType[], attrs: A) => DType;
  /**
   * Gradient of the loss by each input, `undefined` where there is none. Broadcast dimensions are summed away by the
   * differentiator, so no rule does it. Left out by a composite: it is differentiated through its decomposition.
   */
  gradient?: ((backward: Backward<A>) => InputGradients) | 'none';
  /** The same value made from simpler operations: what makes this a composite, which a runtime may fuse. */
  decompose?: (inputs: readonly Value[], attrs: A) => Value;
  /** Works element by element (with broadcasting), so that chains of it can be fused. */
  readonly elementwise?: boolean;
  readonly samples: readonly Sample<A>[];
}

/** Every operation there is, by name. */
export const ops = new Map<string, OpSpec<object>>();

export const specOf = (value: Value): OpSpec<object> | undefined => ops.get(value.op);

const graphOf = (inputs: readonly Operand[], name: string): Graph => {
  const value = inputs.find(input => typeof input !== 'number');
  if (!value) throw new GraphError(`${name}: at least one operand must be a value of a graph.`);
  return value.graph;
};

/** Adds the operation to the graph of its operands. */
export const applyOp = <A extends object>(
  spec: OpSpec<A>,
  operands: readonly Operand[],
  attrs: A,
  graph?: Graph,
): Value => {
  const owner = graph ?? graphOf(operands, spec.name);
  const inputs = operands.map(operand => (typeof operand === 'number' ? owner.number(operand) : operand));
  if (inputs.some(input => input.graph !== owner)) {
    throw new GraphError(`${spec.name}: its operands belong to different graphs.`);
  }
  const shapes = inputs.map(input => input.shape);
  const fail = (message: string): never => {
    throw new ShapeError(
      `${message} (inputs: ${shapes.map(formatShape).join(', ')})`,
      spec.name,
      owner.currentScope,
    );
  };
  const shape = spec.shape(shapes, attrs, fail);
  const dtype =
    spec.dtype?.(
      inputs.map(i => i.dtype),
      attrs,
    ) ??
    inputs[0]?.dtype ??
    'float32';
  return owner.add({ op: spec.name, inputs, attrs: attrs as Value['attrs'], shape, dtype });
};

type OpArguments<I extends readonly Operand[], A> = object extends A ? [...I, A?] : [...I, A];

/** Defines an operation and returns the function that applies it: `(…operands, attrs)`. */
export const defineOp = <I extends readonly Operand[], A extends object = object>(
  spec: OpSpec<A> & { readonly arity: number },
): ((...args: OpArguments<I, A>) => Value) => {
  registerOp(spec);
  return (...args) => {
    const operands = args.slice(0, spec.arity) as Operand[];
    return applyOp(spec, operands, (args[spec.arity] ?? {}) as A);
  };
};

/** Registers an operation that needs a function of its own: no inputs, or any number of them. */
export const registerOp = <A extends object>(spec: OpSpec<A>): OpSpec<A> => {
  if (ops.has(spec.name)) throw new GraphError(`There is an operation "${spec.name}" already.`);
  ops.set(spec.name, spec as unknown as OpSpec<object>);
  return spec;
};
