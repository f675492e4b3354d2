import type { Graph, OperationValue, Value } from './graph.js';
import { copyValue, mapGraph } from './map-graph.js';

/**
 * The same program with its composite operations replaced by simpler ones, as far as a runtime wants it.
 *
 * @param fuses true when the runtime lowers this composite itself
 */
export const decomposeGraph = (graph: Graph, fuses: (value: OperationValue) => boolean): Graph => {
  const decomposition = (value: Value) =>
    value.kind === 'operation' && value.spec.decompose && !fuses(value) ? value.spec.decompose : undefined;
  const decomposeOnce = (program: Graph) =>
    mapGraph(program, (value, mapping) =>
      value.kind === 'operation' && decomposition(value)
        ? decomposition(value)!(mapping.inputs, value.attrs)
        : copyValue(value, mapping),
    );
  let result = decomposeOnce(graph);
  // A decomposition may itself use composites.
  while (result.reachable().some(decomposition)) result = decomposeOnce(result);
  return result;
};
