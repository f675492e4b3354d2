import { GraphError } from '../errors.js';
import type { Graph } from '../graph.js';
import type { FrozenWeight } from '../runtime.js';

/** @throws {GraphError} when a weight that the outputs need is missing, or has another shape than the graph expects */
export const checkWeights = (graph: Graph, weights: ReadonlyMap<string, FrozenWeight>): void => {
  const missing: string[] = [];
  const needed = graph.reachable().filter(value => value.kind === 'weight');
  for (const { name, shape } of needed) {
    const stored = weights.get(name);
    if (!stored) missing.push(name);
    else if (`${stored.shape}` !== `${shape}`) {
      throw new GraphError(
        `Weight "${name}" has shape [${stored.shape.join(', ')}], but the graph expects [${shape.join(', ')}].`,
      );
    }
  }
  if (missing.length > 0) {
    const others = missing.length > 1 ? ` and ${missing.length - 1} more of ${needed.length}` : '';
    throw new GraphError(`Weight "${missing[0]}"${others} was not given: pass it in compile's weights.`);
  }
};
