import type { Graph, Value } from '@charter/tensor';

/**
 * Copies values and what they are made of into another graph.
 *
 * @param given where copying begins: values of the old graph, and what stands for them in the new one
 * @returns what stands for each value in the new graph
 */
export const copyValues = (
  values: readonly Value[],
  into: Graph,
  given: ReadonlyMap<Value, Value> = new Map(),
): Map<Value, Value> => {
  const needed = new Set<Value>();
  const open = [...values];
  for (let value = open.pop(); value; value = open.pop()) {
    if (needed.has(value)) continue;
    needed.add(value);
    if (!given.has(value)) open.push(...value.inputs);
  }
  const copies = new Map(given);
  // Inputs of an operation have smaller ids.
  for (const value of [...needed].sort((a, b) => a.id - b.id)) {
    if (copies.has(value)) continue;
    const { op, attrs, shape, dtype, scope } = value;
    const inputs = value.inputs.map(input => copies.get(input)!);
    const copy = () => {
      if (op === 'input') return into.input(attrs.name as string, dtype, shape);
      if (op === 'weight') return into.weight(attrs.name as string, shape as readonly number[]);
      return into.add({ op, inputs, attrs, shape, dtype });
    };
    copies.set(value, scope ? into.scope(scope, copy) : copy());
  }
  return copies;
};
