import { formatShape, sameShape } from './dim.js';
import { GraphError } from './errors.js';
import type { Graph, Value } from './graph.js';
import { shapeAndType } from './op.js';

/**
 * Checks that a graph is legal, as every pass must leave it:
 *
 * - each value stands behind its inputs, and all belong to this graph;
 * - shape and type of each operation are those that its record gives for its inputs and attributes;
 * - shape and type of each constant are those of its tensor;
 * - inputs and weights are found by their names, and outputs and layer boundaries are values of the graph.
 *
 * @throws {GraphError} naming the value that is wrong
 * @throws {ShapeError} when the inputs of an operation do not fit
 */
export const checkGraph = (graph: Graph): void => {
  graph.values.forEach((value, i) => {
    if (value.graph !== graph || value.id !== i) throw illegal(value, `stands at ${i} of another graph`);
    for (const input of value.inputs) {
      if (graph.values[input.id] !== input) throw illegal(value, `has an input of another graph`);
      if (input.id >= value.id) throw illegal(value, `stands before its input ${input.id}`);
    }
    checkValue(graph, value);
  });
  for (const [name, value] of graph.outputs) {
    if (graph.values[value.id] !== value) throw illegal(value, `is output "${name}" but of another graph`);
  }
  for (const value of graph.boundaries) {
    if (graph.values[value.id] !== value) throw illegal(value, 'is a boundary but of another graph');
  }
};

const checkValue = (graph: Graph, value: Value): void => {
  if (value.kind === 'input' && graph.inputs.get(value.name) !== value)
    throw illegal(value, `is not the input "${value.name}"`);
  if (value.kind === 'weight' && graph.weights.get(value.name) !== value)
    throw illegal(value, `is not the weight "${value.name}"`);
  const { shape, dtype } = expected(value);
  if (!sameShape(value.shape, shape) || value.dtype !== dtype) {
    const says = `${value.dtype} ${formatShape(value.shape)}`;
    throw illegal(value, `says ${says}, but is ${dtype} ${formatShape(shape)}`);
  }
};

/** Shape and type that the value must have. */
const expected = (value: Value): Pick<Value, 'shape' | 'dtype'> => {
  switch (value.kind) {
    case 'input':
    case 'weight':
      return value;
    case 'number':
      return { shape: [], dtype: 'float32' };
    case 'constant':
      return value.tensor;
    case 'operation':
      return shapeAndType(value.spec, value.inputs, value.attrs, value.scope);
  }
};

const illegal = ({ op, id, scope }: Value, reason: string): GraphError =>
  new GraphError(`Value ${id}, "${op}"${scope ? ` at ${scope}` : ''}, ${reason}.`);
