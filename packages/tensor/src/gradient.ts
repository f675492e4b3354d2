import { sameShape } from './dim.js';
import { GraphError } from './errors.js';
import type { Value } from './graph.js';
import { ancestors } from './map-graph.js';
import { add } from './ops/binary.js';
import { expand, unbroadcast } from './ops/shape.js';

/**
 * Gradients of a scalar by other values of its graph, added to the graph as values themselves: reverse-mode
 * differentiation. Values that the scalar does not depend on get `undefined`.
 *
 * @param loss shape `[]`, float32
 * @param wrt any values, not only inputs
 * @returns one gradient for each of `wrt`, of its shape
 * @throws {GraphError} when `loss` is not a scalar or an operation on the way has no gradient rule
 */
export const gradients = (loss: Value, wrt: readonly Value[]): (Value | undefined)[] => {
  if (loss.shape.length !== 0)
    throw new GraphError(`gradients: the loss has shape [${loss.shape}]; take its sum or mean.`);
  return backpropagate(loss, loss.graph.number(1), wrt);
};

/**
 * Gradients that flow from a value of any shape, given the gradient `upstream` of the loss by it.
 *
 * @param wrt any values, not only inputs
 * @returns one gradient for each of `wrt`, of its shape; `undefined` where `output` does not depend on it
 */
export const backpropagate = (
  output: Value,
  upstream: Value,
  wrt: readonly Value[],
): (Value | undefined)[] => {
  const onPath = dependents(output, wrt);
  const byValue = new Map<Value, Value>([[output, upstream]]);
  // Inputs have smaller ids than what is made from them, so descending order meets each value after all its uses.
  const order = [...onPath].sort((a, b) => b.id - a.id);
  for (const value of order) {
    const g = byValue.get(value);
    if (!g || value.inputs.length === 0 || wrtOnly(value, wrt, onPath)) continue;
    backwardOf(value, () => {
      gradientsOfInputs(value, g, onPath).forEach((gradient, i) => {
        const input = value.inputs[i]!;
        if (!gradient || !onPath.has(input)) return;
        const part = unbroadcast(gradient, input.shape);
        const earlier = byValue.get(input);
        byValue.set(input, earlier ? add(earlier, part) : part);
      });
    });
  }
  return wrt.map(value => {
    const g = byValue.get(value);
    return g && (sameShape(g.shape, value.shape) ? g : expand(g, { shape: value.shape }));
  });
};

/** Builds a value's gradient under the scope of the value, so that errors and profiles name the layer. */
const backwardOf = ({ graph, scope }: Value, build: () => void): void =>
  // A composite's decomposition is differentiated inside its own scope already.
  graph.currentScope ? build() : graph.scope(scope ? `backward.${scope}` : 'backward', build);

/** True when no gradient is wanted of anything that this value is made from. */
const wrtOnly = (value: Value, wrt: readonly Value[], onPath: ReadonlySet<Value>): boolean =>
  wrt.includes(value) && !value.inputs.some(input => onPath.has(input));

const gradientsOfInputs = (value: Value, upstream: Value, onPath: ReadonlySet<Value>) => {
  if (value.kind !== 'operation') return [];
  const { spec, inputs, attrs } = value;
  if (spec.gradient === 'none') return [];
  const wanted = inputs.map(input => onPath.has(input));
  if (spec.gradient) return spec.gradient({ inputs, output: value, upstream, attrs, wanted });
  if (!spec.decompose)
    throw new GraphError(`gradients: "${value.op}" at ${value.scope} has no gradient rule.`);
  const found = backpropagate(
    spec.decompose(inputs, attrs),
    upstream,
    inputs.filter((_, i) => wanted[i]),
  );
  return wanted.map(w => (w ? found.shift() : undefined));
};

/** The values between `output` and `wrt`, both included: those whose gradient is needed on the way. */
const dependents = (output: Value, wrt: readonly Value[]): Set<Value> => {
  const goals = new Set(wrt);
  const depends = new Map<Value, boolean>();
  for (const value of ancestors([output])) {
    depends.set(value, goals.has(value) || value.inputs.some(input => depends.get(input)));
  }
  return new Set([...depends].flatMap(([value, does]) => (does ? [value] : [])));
};
