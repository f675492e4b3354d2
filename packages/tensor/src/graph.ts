import { formatShape, type Shape } from './dim.js';
import { GraphError } from './errors.js';
import type { DType, Tensor } from './tensor.js';

/** Part that all values share. */
interface GraphNode {
  readonly graph: Graph;
  /** Position in the graph; inputs of an operation always have a smaller one. */
  readonly id: number;
  /** `input`, `weight`, `number`, `constant`, or the name of the operation: for tables and messages. */
  readonly op: string;
  /** Empty for all kinds but `operation`. */
  readonly inputs: readonly Value[];
  readonly shape: Shape;
  readonly dtype: DType;
  /** Path of the scopes in which it was built. */
  readonly scope: string;
}

/** A value that is fed at every run. */
export interface InputValue extends GraphNode {
  readonly kind: 'input';
  readonly name: string;
}

/** A frozen weight, float32, found by its name when the graph is compiled. */
export interface WeightValue extends GraphNode {
  readonly kind: 'weight';
  readonly name: string;
  readonly shape: readonly number[];
}

/** A float32 scalar that is part of the program. */
export interface NumberValue extends GraphNode {
  readonly kind: 'number';
  readonly value: number;
}

/** A tensor that is part of the program. */
export interface ConstantValue extends GraphNode {
  readonly kind: 'constant';
  readonly tensor: Tensor;
}

/** Result of an operation. `transpose.is(value)` narrows it to the attributes of `transpose`. */
export interface OperationValue<A extends object = object> extends GraphNode {
  readonly kind: 'operation';
  readonly spec: OpSpec<object>;
  readonly attrs: A;
}

/** One symbolic value of a graph. */
export type Value = InputValue | WeightValue | NumberValue | ConstantValue | OperationValue;

/** A value, or a number that becomes a float32 scalar constant. */
export type Operand = Value | number;

/** Input of a gradient rule: the operation's inputs and output, and the gradient of the loss by that output. */
export interface Backward<A> {
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly upstream: Value;
  readonly attrs: A;
  /** True for each input whose gradient is asked for. A rule may leave the others out, and need not. */
  readonly wanted: readonly boolean[];
}

/** One gradient for each input; `undefined` where there is none. */
export type InputGradients = readonly (Value | undefined)[];

/** Inputs on which the finite-difference check tries an operation. A shape stands for random float32 values. */
export interface Sample<A = object> {
  readonly inputs: readonly (readonly number[] | Tensor)[];
  readonly attrs?: A;
  /** Range of the random values; default -1 to 1. */
  readonly range?: readonly [number, number];
}

/** Record of an operation: all that the graph, gradients and passes know of it. */
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
  /** True when it works element by element (with broadcasting), so that chains of it can be fused. */
  readonly elementwise?: boolean;
  /** True when each row `[n]` of the result is made from the same row of the first input and from the other inputs. */
  readonly rowwise?: boolean;
  /**
   * True when a result of this shape is better computed again in the backward pass than kept for it. Default: never.
   */
  cheapToRecompute?: (shape: Shape) => boolean;
  readonly samples: readonly Sample<A>[];
}

/** An operation to add to a graph. */
export interface NewOperation {
  readonly spec: OpSpec<object>;
  readonly inputs: readonly Value[];
  readonly attrs: object;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Default: the scope that is open. */
  readonly scope?: string | undefined;
  /** True: a value of its own, also where an equal one exists. */
  readonly distinct?: boolean | undefined;
}

/**
 * A symbolic program over tensors. Operations are functions on its values (`add(x, y)`); equal operations on equal
 * values are the same value. Nothing runs until a `Runtime` compiles it.
 */
export class Graph {
  readonly values: Value[] = [];
  readonly inputs = new Map<string, InputValue>();
  readonly weights = new Map<string, Value>();
  readonly outputs = new Map<string, Value>();
  /** Values between the layers of a model, in order; see `boundary`. */
  readonly boundaries = new Set<Value>();
  readonly #known = new Map<string, Value>();
  readonly #objects = new WeakMap<object, number>();
  #objectCount = 0;
  #scope: string[] = [];

  /**
   * A value fed at every run.
   * @throws {GraphError} when the name is taken
   */
  input(name: string, dtype: DType, shape: Shape): Value {
    if (this.inputs.has(name)) throw taken('input', name);
    const value: InputValue = this.#add({ kind: 'input', op: 'input', name, inputs: [], shape, dtype });
    this.inputs.set(name, value);
    return value;
  }

  /**
   * A frozen float32 weight, found by its name when the graph is compiled, or the value that `bind` put in its place.
   * Asking twice gives the same value.
   * @throws {GraphError} when the weight has another shape
   */
  weight(name: string, shape: readonly number[]): Value {
    const known = this.weights.get(name);
    if (known && formatShape(known.shape) === formatShape(shape)) return known;
    if (known) throw taken('weight', name);
    const value = this.#add({ kind: 'weight', op: 'weight', name, inputs: [], shape, dtype: 'float32' });
    this.weights.set(name, value);
    return value;
  }

  /**
   * Makes `weight(name)` this value from now on: how a parameter that is trained takes the place of a frozen weight.
   * @throws {GraphError} when the weight was asked for already
   */
  bind(name: string, value: Value): void {
    if (this.weights.has(name))
      throw new GraphError(`The weight "${name}" is in use already: bind it first.`);
    this.weights.set(name, value);
  }

  /** A tensor that is part of the program. Equal only to itself: comparing elements would be slow. */
  constant(tensor: Tensor): Value {
    return this.#once(`constant ${this.#numberOf(tensor)}`, () => {
      const { shape, dtype } = tensor;
      return this.#add({ kind: 'constant', op: 'constant', tensor, inputs: [], shape, dtype });
    });
  }

  /** A float32 scalar that is part of the program. */
  number(value: number): Value {
    return this.#once(`number ${Object.is(value, -0) ? '-0' : value}`, () =>
      this.#add({ kind: 'number', op: 'number', value, inputs: [], shape: [], dtype: 'float32' }),
    );
  }

  /** Names a value that a run returns. */
  output(name: string, value: Value): Value {
    if (value.graph !== this) throw new GraphError(`Output "${name}" belongs to another graph.`);
    if (this.outputs.has(name)) throw new GraphError(`Output "${name}" is already there.`);
    this.outputs.set(name, value);
    return value;
  }

  /** Runs `build` with `name` added to the path that errors show. */
  scope<T>(name: string, build: () => T): T {
    this.#scope.push(name);
    try {
      return build();
    } finally {
      this.#scope.pop();
    }
  }

  get currentScope(): string {
    return this.#scope.join('.');
  }

  /**
   * Marks a value between two layers of a model, such as the residual stream: all that follows is made from it, from
   * feeds and from weights, and from nothing before it. Gradient checkpointing cuts the graph there.
   */
  boundary(value: Value): Value {
    this.boundaries.add(value);
    return value;
  }

  /** Adds an operation, or finds the equal one. Operations call this; users call operations. */
  add({ spec, inputs, attrs, shape, dtype, scope, distinct = false }: NewOperation): Value {
    const make = () =>
      this.#add({ kind: 'operation', op: spec.name, spec, attrs, inputs, shape, dtype }, scope);
    if (distinct) return make();
    return this.#once(`${spec.name}(${inputs.map(input => input.id)})${this.#attrsKey(attrs)}`, make);
  }

  /** The values that the outputs need, in an order in which they can be computed. */
  reachable(): Value[] {
    const needed = new Set<Value>();
    const open = [...this.outputs.values()];
    for (let value = open.pop(); value; value = open.pop()) {
      if (needed.has(value)) continue;
      needed.add(value);
      open.push(...value.inputs);
    }
    return [...needed].sort((a, b) => a.id - b.id);
  }

  #once(key: string, make: () => Value): Value {
    const value = this.#known.get(key) ?? make();
    this.#known.set(key, value);
    return value;
  }

  #add<V extends Omit<Value, 'graph' | 'id' | 'scope'>>(node: V, scope = this.currentScope) {
    const value = { ...node, graph: this, id: this.values.length, scope };
    this.values.push(value as unknown as Value);
    return value;
  }

  // Objects in attributes count as equal only when they are the same.
  #attrsKey(attrs: object): string {
    return JSON.stringify(attrs, (_, attr: unknown) => {
      if (typeof attr === 'number')
        return Object.is(attr, -0) ? '-0' : Number.isFinite(attr) ? attr : `${attr}`;
      if (typeof attr !== 'object' || attr === null || Array.isArray(attr) || attr === attrs) return attr;
      return `#${this.#numberOf(attr)}`;
    });
  }

  #numberOf(object: object): number {
    const known = this.#objects.get(object) ?? this.#objectCount++;
    this.#objects.set(object, known);
    return known;
  }
}

const taken = (kind: 'input' | 'weight', name: string): GraphError =>
  new GraphError(`The ${kind} "${name}" is already there, with another shape or type.`);
