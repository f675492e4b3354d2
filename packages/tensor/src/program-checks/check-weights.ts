import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { FrozenWeight } from '../runtime.js';

/** @throws {GraphError} when a weight is missing or has another shape than the graph expects */
export const checkWeights = (needed: readonly Value[], weights: ReadonlyMap<string, FrozenWeight>): void => {
  const missing: string[] = [];
  for (const { attrs, shape } of needed) {
    const name = attrs.name as string;
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
