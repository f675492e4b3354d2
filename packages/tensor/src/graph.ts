import { formatShape, type Shape } from './dim.js';
import { GraphError } from './errors.js';
import type { DType, Tensor } from './tensor.js';

export type Attrs = Readonly<Record<string, unknown>>;

/** One symbolic value of a graph: the operation that makes it, from which values, and what it looks like. */
export interface Value {
  readonly graph: Graph;
  /** Position in the graph; inputs of an operation always have a smaller one. */
  readonly id: number;
  /** `input`, `weight`, `constant`, or the name of an operation. */
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Path of the scopes in which it was built. */
  readonly scope: string;
}

/** A value, or a number that becomes a float32 scalar constant. */
export type Operand = Value | number;

/**
 * A symbolic program over tensors. Operations are functions on its values (`add(x, y)`); equal operations on equal
 * values are the same value. Nothing runs until a `Runtime` compiles it.
 */
export class Graph {
  readonly values: Value[] = [];
  readonly inputs = new Map<string, Value>();
  readonly weights = new Map<string, Value>();
  readonly outputs = new Map<string, Value>();
  readonly #known = new Map<string, Value>();
  readonly #objects = new WeakMap<object, number>();
  #objectCount = 0;
  #scope: string[] = [];

  /** A value fed at every run. */
  input(name: string, dtype: DType, shape: Shape): Value {
    return this.#named('input', this.inputs, name, dtype, shape);
  }

  /**
   * A frozen float32 weight, found by its name when the graph is compiled, or what `bind` put in its place. Asking
   * twice gives the same value.
   */
  weight(name: string, shape: readonly number[]): Value {
    const known = this.weights.get(name);
    if (known && formatShape(known.shape) === formatShape(shape)) return known;
    return this.#named('weight', this.weights, name, 'float32', shape);
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

  /** A tensor that is part of the program. */
  constant(tensor: Tensor): Value {
    return this.add({
      op: 'constant',
      inputs: [],
      attrs: { tensor },
      shape: tensor.shape,
      dtype: tensor.dtype,
    });
  }

  /** A float32 scalar that is part of the program. */
  number(value: number): Value {
    return this.add({ op: 'number', inputs: [], attrs: { value }, shape: [], dtype: 'float32' });
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

  /** Adds an operation, or finds the equal one. Operations call this; users call operations. */
  add(node: Pick<Value, 'op' | 'inputs' | 'attrs' | 'shape' | 'dtype'>): Value {
    const key = `${node.op}(${node.inputs.map(v => v.id)})${this.#attrsKey(node.attrs)}`;
    const known = this.#known.get(key);
    if (known) return known;
    const value: Value = { ...node, graph: this, id: this.values.length, scope: this.currentScope };
    this.values.push(value);
    this.#known.set(key, value);
    return value;
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

  #named(op: 'input' | 'weight', names: Map<string, Value>, name: string, dtype: DType, shape: Shape): Value {
    if (names.has(name))
      throw new GraphError(`The ${op} "${name}" is already there, with another shape or type.`);
    const value = this.add({ op, inputs: [], attrs: { name }, shape, dtype });
    names.set(name, value);
    return value;
  }

  // Tensors count as equal only when they are the same object: comparing their elements would be slow.
  #attrsKey(attrs: Attrs): string {
    return JSON.stringify(attrs, (_, attr: unknown) => {
      if (typeof attr !== 'object' || attr === null || Array.isArray(attr) || attr === attrs) {
        return Object.is(attr, -0)
          ? '-0'
          : typeof attr === 'number' && !Number.isFinite(attr)
            ? `${attr}`
            : attr;
      }
      if (!this.#objects.has(attr)) this.#objects.set(attr, this.#objectCount++);
      return `#${this.#objects.get(attr)}`;
    });
  }
}
