import { Graph, type Value } from './graph.js';

/** View of the graph that is being built, for one value of the old one. */
export interface Mapping {
  /** The new graph. */
  readonly into: Graph;
  /** Inputs of the value in the new graph. */
  readonly inputs: readonly Value[];
  /** Value of the new graph for one of the old graph that came before. */
  copyOf(value: Value): Value;
}

/** Value of the new graph that takes the place of `value`. */
export type MapValue = (value: Value, mapping: Mapping) => Value;

/**
 * Builds a graph anew, value by value from the inputs to the outputs. Weights that no output needs are left out; inputs
 * all stay, because they also carry the sizes of symbolic dimensions. Names of outputs, scopes and layer boundaries
 * stay.
 */
export const mapGraph = (graph: Graph, map: MapValue): Graph => {
  const into = new Graph();
  const copies = mapValues(new Set([...graph.inputs.values(), ...graph.reachable()]), into, new Map(), map);
  for (const [name, value] of graph.outputs) into.output(name, copies.get(value)!);
  for (const value of graph.boundaries) {
    const copy = copies.get(value);
    if (copy) into.boundary(copy);
  }
  return into;
};

/**
 * Copies values and all that they are made from into another graph.
 *
 * @param given where copying begins: values of the old graph, and their stand-ins in the new one
 * @returns the value in the new graph for each of the old one
 */
export const copyInto = (
  into: Graph,
  values: readonly Value[],
  given: ReadonlyMap<Value, Value> = new Map(),
): Map<Value, Value> => mapValues(ancestors(values, given), into, given, copyValue);

/** The same value in the new graph, of these inputs. `distinct`: not merged with an equal one. */
export const copyValue = (
  value: Value,
  { into, inputs }: Pick<Mapping, 'into' | 'inputs'>,
  { distinct = false }: { readonly distinct?: boolean } = {},
): Value => {
  switch (value.kind) {
    case 'input':
      return into.input(value.name, value.dtype, value.shape);
    case 'weight':
      return into.weight(value.name, value.shape);
    case 'number':
      return into.number(value.value);
    case 'constant':
      return into.constant(value.tensor);
    case 'operation': {
      const { spec, attrs, shape, dtype, scope } = value;
      return into.add({ spec, inputs, attrs, shape, dtype, scope, distinct });
    }
  }
};

/**
 * Values and all that they are made from, in an order in which they can be computed.
 * @param stop values whose inputs are not visited
 */
export const ancestors = (
  values: Iterable<Value>,
  stop: { has(value: Value): boolean } = new Set(),
): Value[] => {
  const found = new Set<Value>();
  const open = [...values];
  for (let value = open.pop(); value; value = open.pop()) {
    if (found.has(value)) continue;
    found.add(value);
    if (!stop.has(value)) open.push(...value.inputs);
  }
  // Inputs of an operation have smaller ids.
  return [...found].sort((a, b) => a.id - b.id);
};

const mapValues = (
  values: Iterable<Value>,
  into: Graph,
  given: ReadonlyMap<Value, Value>,
  map: MapValue,
): Map<Value, Value> => {
  const copies = new Map(given);
  const copyOf = (value: Value) => copies.get(value)!;
  for (const value of values) {
    if (copies.has(value)) continue;
    const inputs = value.inputs.map(copyOf);
    copies.set(
      value,
      into.scope(value.scope, () => map(value, { into, inputs, copyOf })),
    );
  }
  return copies;
};
