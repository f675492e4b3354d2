import { copyValue, type Graph, mapGraph, type Value } from '@charter/tensor';

/** Rewrites a program for this engine; its results stay the same. */
export type GraphPass = (graph: Graph) => Graph;

/** Facts about the program that a rule rewrites. */
export interface RewriteContext {
  /** Number of uses of a value of the new graph, outputs included. */
  uses(value: Value): number;
}

/**
 * Looks at a value of the new graph, whose inputs went through the rule before, and returns its replacement, or
 * undefined to leave it. Replacements may be operations that only this engine knows.
 */
export type Rule = (value: Value, context: RewriteContext) => Value | undefined;

/** The same program with a rule tried at every value, from the inputs to the outputs. */
export const rewriteGraph = (graph: Graph, rule: Rule): Graph => {
  const usesBefore = new Map<Value, number>();
  const count = (value: Value) => usesBefore.set(value, (usesBefore.get(value) ?? 0) + 1);
  for (const value of graph.reachable()) value.inputs.forEach(count);
  for (const value of graph.outputs.values()) count(value);

  const usesAfter = new Map<Value, number>();
  const context: RewriteContext = { uses: value => usesAfter.get(value) ?? 1 };
  return mapGraph(graph, (value, mapping) => {
    const plain = copyValue(value, mapping);
    const result = rule(plain, context) ?? plain;
    usesAfter.set(result, (usesAfter.get(result) ?? 0) + (usesBefore.get(value) ?? 0));
    return result;
  });
};
