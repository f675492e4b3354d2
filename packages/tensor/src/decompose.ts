import { Graph, type Value } from './graph.js';
import { specOf } from './op.js';

/**
 * The same program with its composite operations replaced by simpler ones, as far as a runtime wants it. Weights that
 * no output needs are left out; inputs all stay, because they also carry the values of symbolic dimensions.
 *
 * @param fuses whether the runtime lowers this composite itself
 */
export const decomposeGraph = (graph: Graph, fuses: (value: Value) => boolean): Graph => {
  const composite = (value: Value) => specOf(value)?.decompose !== undefined && !fuses(value);
  let result = copyGraph(graph, composite);
  // A decomposition may itself use composites.
  while (result.reachable().some(composite)) result = copyGraph(result, composite);
  return result;
};

const copyGraph = (graph: Graph, composite: (value: Value) => boolean): Graph => {
  const result = new Graph();
  const copies = new Map<Value, Value>();
  for (const value of new Set([...graph.inputs.values(), ...graph.reachable()])) {
    const inputs = value.inputs.map(input => copies.get(input)!);
    copies.set(
      value,
      result.scope(value.scope, () => copyValue(result, value, inputs, composite(value))),
    );
  }
  for (const [name, value] of graph.outputs) result.output(name, copies.get(value)!);
  return result;
};

const copyValue = (graph: Graph, value: Value, inputs: readonly Value[], decompose: boolean): Value => {
  const { op, attrs, shape, dtype } = value;
  if (op === 'input') return graph.input(attrs.name as string, dtype, shape);
  if (op === 'weight') return graph.weight(attrs.name as string, shape as readonly number[]);
  if (decompose) return specOf(value)!.decompose!(inputs, attrs);
  return graph.add({ op, inputs, attrs, shape, dtype });
};
