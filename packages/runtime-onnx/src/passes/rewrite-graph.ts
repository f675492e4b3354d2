import { Graph, type Value } from '@charter/tensor';

/** What a rule may ask about the program that it rewrites. */
export interface RewriteContext {
  /** How often a value of the new graph is needed, outputs included. */
  uses(value: Value): number;
}

/**
 * Looks at a value of the new graph, whose inputs went through the rule before, and returns what takes its place, or
 * undefined to leave it. Replacements may be operations that only this engine knows.
 */
export type Rule = (value: Value, context: RewriteContext) => Value | undefined;

/** The same program with a rule tried at every value, from the inputs to the outputs. */
export const rewriteGraph = (graph: Graph, rule: Rule): Graph => {
  const reachable = graph.reachable();
  const usesBefore = new Map<Value, number>();
  const count = (value: Value) => usesBefore.set(value, (usesBefore.get(value) ?? 0) + 1);
  for (const value of reachable) value.inputs.forEach(count);
  for (const value of graph.outputs.values()) count(value);

  const result = new Graph();
  const copies = new Map<Value, Value>();
  const usesAfter = new Map<Value, number>();
  const context: RewriteContext = { uses: value => usesAfter.get(value) ?? 1 };
  for (const value of new Set([...graph.inputs.values(), ...reachable])) {
    const copy = result.scope(value.scope, () => {
      const plain = copyValue(
        result,
        value,
        value.inputs.map(input => copies.get(input)!),
      );
      return rule(plain, context) ?? plain;
    });
    copies.set(value, copy);
    usesAfter.set(copy, (usesAfter.get(copy) ?? 0) + (usesBefore.get(value) ?? 0));
  }
  for (const [name, value] of graph.outputs) result.output(name, copies.get(value)!);
  return result;
};

const copyValue = (graph: Graph, { op, attrs, shape, dtype }: Value, inputs: readonly Value[]): Value => {
  if (op === 'input') return graph.input(attrs.name as string, dtype, shape);
  if (op === 'weight') return graph.weight(attrs.name as string, shape as readonly number[]);
  return graph.add({ op, inputs, attrs, shape, dtype });
};
