import { decomposeGraph } from '../decompose.js';
import { evaluateDim } from '../dim.js';
import { GraphError } from '../errors.js';
import type { Graph, OperationValue, Value } from '../graph.js';
import { elementCount, type StoredTensor, type Tensor } from '../tensor.js';
import { type Array64, kernelOf } from './kernels.js';

/**
 * Evaluates a graph's outputs one operation at a time in float64: slow, plain, and what engines are compared with.
 * Composite operations are decomposed, so that a wrong fusion shows.
 *
 * @param feeds numbers by input name; bools are 0 and 1
 * @param weights numbers by weight name
 */
export const evaluate = (
  graph: Graph,
  feeds: Readonly<Record<string, Array64>>,
  weights: Readonly<Record<string, Array64>> = {},
): Record<string, Array64> => {
  const program = decomposeGraph(graph, () => false);
  const symbols = bindSymbols(program, feeds);
  const results = new Map<Value, Array64>();
  for (const value of program.reachable()) results.set(value, compute(value));
  return Object.fromEntries([...program.outputs].map(([name, value]) => [name, results.get(value)!]));

  function compute(value: Value): Array64 {
    switch (value.kind) {
      case 'input':
      case 'weight': {
        const found = (value.kind === 'input' ? feeds : weights)[value.name];
        if (!found) throw new GraphError(`The ${value.kind} "${value.name}" was not given.`);
        return found;
      }
      case 'number':
        return { data: Float64Array.of(value.value), shape: [] };
      case 'constant':
        return toArray64(value.tensor);
      case 'operation':
        return run(value);
    }
  }

  function run(value: OperationValue): Array64 {
    const kernel = kernelOf(value.op);
    if (!kernel) throw new GraphError(`The reference has no kernel for "${value.op}".`);
    const shape = value.shape.map(dim => evaluateDim(dim, symbols));
    const data = kernel(
      value.inputs.map(input => results.get(input)!),
      {
        attrs: value.attrs,
        shape,
        size: elementCount(shape),
        dtype: value.dtype,
        resolve: dim => evaluateDim(dim, symbols),
      },
    );
    return { data, shape };
  }
};

export const toArray64 = (tensor: Tensor): Array64 => ({
  data: Float64Array.from(tensor.data),
  shape: tensor.shape,
});

/** Reads a float32 weight that is held in memory. */
export const storedToArray64 = (stored: StoredTensor): Array64 => {
  if (!('data' in stored) || stored.dtype !== 'float32')
    throw new GraphError('Only float32 weights in memory.');
  const { buffer, byteOffset, byteLength } = stored.data;
  return {
    data: Float64Array.from(new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))),
    shape: stored.shape,
  };
};

const bindSymbols = (graph: Graph, feeds: Readonly<Record<string, Array64>>): Map<string, number> => {
  const symbols = new Map<string, number>();
  for (const [name, input] of graph.inputs) {
    input.shape.forEach((dim, i) => {
      if (typeof dim === 'string') symbols.set(dim, feeds[name]!.shape[i]!);
    });
  }
  return symbols;
};
