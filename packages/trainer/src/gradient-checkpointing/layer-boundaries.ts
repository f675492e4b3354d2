import { ancestors, type Graph, type Value } from '@charter/tensor';

/**
 * Values at which a model's graph can be cut between its layers: those that the model marked and that the outputs need.
 * Left out is one past which the outputs reach an earlier one, because its segment would compute all of that again.
 *
 * @returns the boundaries in order: the first is the first layer's input, the last is the last layer's output. Empty
 * for a graph without layers.
 */
export const layerBoundaries = (graph: Graph): Value[] => {
  const outputs = [...graph.outputs.values()];
  const marked = graph.reachable().filter(value => graph.boundaries.has(value) && !outputs.includes(value));
  return marked.filter((boundary, i) => {
    const earlier = new Set(marked.slice(0, i));
    return !ancestors(outputs, new Set([boundary])).some(value => earlier.has(value));
  });
};
