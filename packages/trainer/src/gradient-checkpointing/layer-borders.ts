import type { Graph, Value } from '@charter/tensor';

/** The layer that a value belongs to, by the scope in which it was built. */
const layerOf = ({ scope }: Value): string | undefined => /\blayers\.(\d+)\b/.exec(scope)?.[1];

/**
 * Where a model's graph can be cut between its layers: values that all of the rest is made from, but for what follows
 * from the feeds or from the parameters alone (masks, rotations, slices of the parameters), which each part makes for
 * itself. The residual stream between two layers is such a value, whatever the architecture.
 *
 * @param parameters the inputs that hold what is trained
 * @returns the borders, in order: the first is the first layer's input, the last is the last layer's output. Empty for
 * a graph without layers.
 */
export const layerBorders = (graph: Graph, parameters: readonly Value[]): Value[] => {
  const order = graph.reachable();
  const outputs = new Set(graph.outputs.values());
  const fromFeeds = new Set<Value>();
  const fromWeights = new Set<Value>();
  const lastUse = new Map<Value, number>();
  for (const value of order) {
    const feed = value.op === 'input' && !parameters.includes(value);
    if (feed || value.inputs.some(input => fromFeeds.has(input))) fromFeeds.add(value);
    const weight = value.op === 'weight' || parameters.includes(value);
    if (weight || value.inputs.some(input => fromWeights.has(input))) fromWeights.add(value);
    for (const input of value.inputs) lastUse.set(input, value.id);
  }
  for (const value of outputs) lastUse.set(value, Number.POSITIVE_INFINITY);

  const stream = order.filter(value => fromFeeds.has(value) && fromWeights.has(value));
  const cuts: Value[] = [];
  const alive = new Set<Value>();
  for (const value of stream) {
    for (const other of alive) if (lastUse.get(other)! <= value.id) alive.delete(other);
    alive.add(value);
    if (alive.size === 1 && !outputs.has(value) && value.dtype === 'float32') cuts.push(value);
  }

  const position = new Map(stream.map((value, i) => [value, i]));
  /** The layer whose values stand between two cuts. */
  const between = (from: Value, to: Value) =>
    stream
      .slice(position.get(from)! + 1, position.get(to)! + 1)
      .map(layerOf)
      .find(layer => layer !== undefined);
  const borders: Value[] = [];
  let current: string | undefined;
  for (const [i, cut] of cuts.entries()) {
    const next = cuts[i + 1];
    const layer = next && between(cut, next);
    // Two cuts in a row may stand in the same layer, around attention and around the feed-forward part.
    if (layer === current) continue;
    borders.push(cut);
    if (layer === undefined) break;
    current = layer;
  }
  return borders;
};
