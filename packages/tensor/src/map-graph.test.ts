import { describe, expect, it } from 'vitest';
import { checkGraph } from './check-graph.js';
import { Graph } from './graph.js';
import { copyInto, copyValue, mapGraph } from './map-graph.js';
import { add, mul, neg } from './ops/index.js';

const program = () => {
  const graph = new Graph();
  const [x] = [graph.input('x', 'float32', ['n']), graph.input('unused', 'float32', ['n', 2])];
  const h = graph.scope('layers.0', () => graph.boundary(add(x, graph.weight('w', [1]))));
  mul(h, 3);
  graph.output('y', neg(h));
  return { graph, x, h };
};

describe('mapping a graph', () => {
  it('keeps inputs, names of outputs, scopes and boundaries, and leaves out what no output needs', () => {
    const copy = mapGraph(program().graph, copyValue);
    checkGraph(copy);
    expect([...copy.inputs.keys()]).toEqual(['x', 'unused']);
    expect(copy.values.map(({ op }) => op)).toEqual(['input', 'input', 'weight', 'add', 'neg']);
    expect([...copy.boundaries]).toEqual([copy.values[3]]);
    expect(copy.values[3]!.scope).toBe('layers.0');
    expect(copy.outputs.get('y')).toBe(copy.values[4]);
  });

  it('puts what the callback returns in the place of a value', () => {
    const doubled = mapGraph(program().graph, (value, mapping) =>
      neg.is(value) ? mul(mapping.inputs[0]!, 2) : copyValue(value, mapping),
    );
    expect(doubled.outputs.get('y')!.op).toBe('mul');
  });

  it('makes a value twice where it is told to', () => {
    const { graph, h } = program();
    const twice = mapGraph(graph, (value, mapping) => {
      const copy = copyValue(value, mapping);
      return value === h ? neg(add(copy, copyValue(value, mapping, { distinct: true }))) : copy;
    });
    checkGraph(twice);
    expect(twice.reachable().filter(value => add.is(value))).toHaveLength(3);
  });

  it('copies values into another graph from the stand-ins on that it is given', () => {
    const { graph, h } = program();
    const into = new Graph();
    const standIn = into.input('h', 'float32', ['n']);
    const copies = copyInto(into, [...graph.outputs.values()], new Map([[h, standIn]]));
    expect(copies.get(graph.outputs.get('y')!)!.inputs).toEqual([standIn]);
    expect(into.values).toHaveLength(2);
  });
});
