import { copyValue, mapGraph, type Value } from '@charter/tensor';
import type { GraphPass } from './rewrite-graph.js';

/** Least distance of two uses, in values, at which a value is not kept for the second: more than a layer's forward pass. */
const FAR = 200;

/**
 * Computes cheap values again where they are needed much later, as the backward pass needs those of the forward pass,
 * instead of keeping them; records say which are (`cheapToRecompute`). Only values whose inputs are kept anyway are
 * computed again. Runs after all other passes, and needs an engine that does not merge equal operations.
 */
export const recomputeCheap: GraphPass = graph => {
  const order = graph.reachable();
  const position = new Map(order.map((value, i) => [value, i]));
  const lastUse = new Map<Value, number>();
  order.forEach((value, i) => {
    for (const input of value.inputs) lastUse.set(input, i);
  });
  const isFar = (value: Value, use: number) => use - position.get(value)! > FAR;
  const isKept = (value: Value): boolean =>
    value.inputs.length === 0 || isFar(value, lastUse.get(value)!) || isCheap(value);
  const known = new Map<Value, boolean>();
  const isCheap = (value: Value): boolean => {
    const cheap =
      known.get(value) ??
      (value.kind === 'operation' &&
        value.spec.cheapToRecompute?.(value.shape) === true &&
        value.inputs.every(isKept));
    known.set(value, cheap);
    return cheap;
  };

  const again = new Map<Value, Value>();
  return mapGraph(graph, (value, { into, copyOf }) => {
    const use = position.get(value) ?? 0;
    const at = (input: Value): Value => {
      if (!isFar(input, use) || !isCheap(input)) return copyOf(input);
      const anew =
        again.get(input) ?? copyValue(input, { into, inputs: input.inputs.map(at) }, { distinct: true });
      again.set(input, anew);
      return anew;
    };
    return copyValue(value, { into, inputs: value.inputs.map(at) });
  });
};
