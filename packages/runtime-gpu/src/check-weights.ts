import { type FrozenWeight, GraphError, type FrozenWeight, type Value } from '@charter/tensor';

/**
 * The weights that a graph needs.
 *
 * @throws {GraphError} when one is missing, has another shape than the graph expects, or is held in few bits
 */
export const checkWeights = (
  needed: readonly Value[],
  weights: ReadonlyMap<string, FrozenWeight>,
): ReadonlyMap<string, FrozenWeight> => {
  const whole = new Map<string, FrozenWeight>();
  const missing: string[] = [];
  for (const { attrs, shape } of needed) {
    const name = attrs.name as string;
    const stored = weights.get(name);
    if (!stored) missing.push(name);
    else if (`${stored.shape}` !== `${shape}`) {
      throw new GraphError(
        `Weight "${name}" has shape [${stored.shape.join(', ')}], but the graph expects [${shape.join(', ')}].`,
      );
    } else if ('block' in stored) {
      throw new GraphError(`Weight "${name}" is ${stored.dtype}, which gpu.js does not read: give it whole.`);
    } else whole.set(name, stored);
  }
  if (missing.length > 0) {
    const others = missing.length > 1 ? ` and ${missing.length - 1} more of ${needed.length}` : '';
    throw new GraphError(`Weight "${missing[0]}"${others} was not given: pass it in compile's weights.`);
  }
  return whole;
};
