import { formatShape } from './dim.js';
import { GraphError, ShapeError } from './errors.js';
import type { Graph, Operand, OperationValue, OpSpec, Value } from './graph.js';

/** Every operation there is, by name. */
export const ops = new Map<string, OpSpec<object>>();

declare const recognized: unique symbol;

/** Result of a certain operation. The brand, of types only, keeps values that `is` refuses what they were before. */
export type ResultOf<A extends object> = OperationValue<A> & { readonly [recognized]: true };

/** An operation: its record, and the test that tells its results from other values. */
export interface Op<A extends object> {
  readonly spec: OpSpec<A>;
  /** True for a result of this operation, whose attributes then have their type. */
  is(value: Value | undefined): value is ResultOf<A>;
}

/** Arguments of an operation, with names that an editor shows. */
type OpArguments<I extends readonly Operand[], A> = [keyof A] extends [never]
  ? [...I]
  : object extends A
    ? [...I, attrs?: A]
    : [...I, attrs: A];

/** A function that applies an operation: `(…operands, attrs)`. */
export type OpFunction<I extends readonly Operand[], A extends object> = Op<A> &
  ((...args: OpArguments<I, A>) => Value);

/** Record of an operation with a fixed number of inputs. */
export type FixedOpSpec<A extends object> = OpSpec<A> & { readonly arity: number };

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
  return owner.add({
    spec: untyped(spec),
    inputs,
    attrs,
    ...shapeAndType(spec, inputs, attrs, owner.currentScope),
  });
};

/**
 * Shape and type of an operation's result.
 * @throws {ShapeError} when the inputs do not fit
 */
export const shapeAndType = <A extends object>(
  spec: OpSpec<A>,
  inputs: readonly Value[],
  attrs: A,
  scope: string,
): Pick<Value, 'shape' | 'dtype'> => {
  const shapes = inputs.map(input => input.shape);
  const dtypes = inputs.map(input => input.dtype);
  const fail = (message: string): never => {
    throw new ShapeError(`${message} (inputs: ${shapes.map(formatShape).join(', ')})`, spec.name, scope);
  };
  const shape = spec.shape(shapes, attrs, fail);
  return { shape, dtype: spec.dtype?.(dtypes, attrs) ?? dtypes[0] ?? 'float32' };
};

/** Defines an operation, and returns the function that applies it. */
export const defineOp = <I extends readonly Operand[], A extends object = object>(
  spec: FixedOpSpec<A>,
): OpFunction<I, A> => {
  const apply = (...args: OpArguments<I, A>) =>
    applyOp(
      spec,
      args.slice(0, spec.arity) as Operand[],
      ((args as readonly unknown[])[spec.arity] ?? {}) as A,
    );
  return defineOpWith(spec, apply);
};

/** Defines an operation with a function of its own: no inputs, or any number of them. */
export const defineOpWith = <A extends object, F extends object>(spec: OpSpec<A>, apply: F): F & Op<A> => {
  registerOp(spec);
  return defineEngineOp(spec, apply);
};

/** Adds a record to `ops`. */
const registerOp = <A extends object>(spec: OpSpec<A>): void => {
  if (ops.has(spec.name)) throw new GraphError(`There is an operation "${spec.name}" already.`);
  ops.set(spec.name, untyped(spec));
};

/**
 * Defines an operation that only one engine knows, made by its passes: it stays out of `ops`, so no other engine is
 * expected to have it.
 */
export const defineEngineOp = <A extends object, F extends object>(spec: OpSpec<A>, apply: F): F & Op<A> =>
  Object.assign(apply, {
    spec,
    is: (value: Value | undefined): value is ResultOf<A> =>
      value?.kind === 'operation' && value.spec.name === spec.name,
  });

/** A value carries its record without the type of its attributes, which `is` gives back. */
const untyped = <A extends object>(spec: OpSpec<A>): OpSpec<object> => spec as unknown as OpSpec<object>;

const graphOf = (inputs: readonly Operand[], name: string): Graph => {
  const value = inputs.find(input => typeof input !== 'number');
  if (!value) throw new GraphError(`${name}: at least one operand must be a value of a graph.`);
  return value.graph;
};
