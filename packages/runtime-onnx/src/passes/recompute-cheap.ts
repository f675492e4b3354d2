import { Graph, type Value } from '@charter/tensor';

/** What costs one pass over its result, and no product. */
const CHEAP = new Set(['silu', 'mul', 'rmsNorm']);

const SCORES = new Set(['matmul', 'fusedMatmul', 'add', 'softmax']);

/** Of attention: what queries think of keys, of which there are as many as tokens. */
const isScores = ({ op, shape }: Value): boolean =>
  SCORES.has(op) && shape.length === 4 && typeof shape[3] === 'string';

/** Values between two uses from which on a value is not kept for the second: more than a layer's forward pass. */
const FAR = 200;

/**
 * Computes cheap values again where they are needed much later, as the backward pass needs those of the forward pass,
 * instead of keeping them: with a gated feed-forward part that is two fifths of what a layer keeps. Attention's scores
 * are not that cheap, one of its seven products, but they alone grow with the square of a text's length. Only values
 * whose inputs are kept anyway are computed again. Runs after all other rewriting, and wants an engine that does not merge
 * equal operations.
 */
export const recomputeCheap = (graph: Graph): Graph => {
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
      known.get(value) ?? ((CHEAP.has(value.op) || isScores(value)) && value.inputs.every(isKept));
    known.set(value, cheap);
    return cheap;
  };

  const result = new Graph();
  const copies = new Map<Value, Value>();
  const again = new Map<Value, Value>();
  const copy = (value: Value, inputs: readonly Value[], attrs = value.attrs): Value => {
    const { op, shape, dtype } = value;
    if (op === 'input') return result.input(attrs.name as string, dtype, shape);
    if (op === 'weight') return result.weight(attrs.name as string, shape as readonly number[]);
    return result.scope(value.scope, () => result.add({ op, inputs, attrs, shape, dtype }));
  };
  const at = (value: Value, use: number): Value => {
    if (!isFar(value, use) || !isCheap(value)) return copies.get(value)!;
    const found = again.get(value);
    if (found) return found;
    const inputs = value.inputs.map(input => at(input, use));
    const anew = copy(value, inputs, { ...value.attrs, again: true });
    again.set(value, anew);
    return anew;
  };
  for (const value of new Set([...graph.inputs.values(), ...order])) {
    const use = position.get(value) ?? 0;
    copies.set(
      value,
      copy(
        value,
        value.inputs.map(input => at(input, use)),
      ),
    );
  }
  for (const [name, value] of graph.outputs) result.output(name, copies.get(value)!);
  return result;
};
