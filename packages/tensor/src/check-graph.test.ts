import { describe, expect, it } from 'vitest';
import { checkGraph } from './check-graph.js';
import { Graph, type Value } from './graph.js';
import { add, cast, matmul, transpose } from './ops/index.js';

const program = () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 3]);
  const w = graph.weight('w', [3, 3]);
  const turned = transpose(w, { perm: [1, 0] });
  const y = graph.scope('layers.0', () => matmul(x, turned));
  graph.output('y', graph.boundary(add(y, 1)));
  return { graph, x, y, turned };
};

/** The graph with one value changed behind its back, as a wrong pass would. */
const changed = (change: (values: ReturnType<typeof program>) => [Value, object]): Graph => {
  const values = program();
  const [value, fields] = change(values);
  Object.assign(value, fields);
  return values.graph;
};

describe('a graph', () => {
  it('that operations made is legal', () => {
    expect(() => checkGraph(program().graph)).not.toThrow();
  });

  it.each<[string, (values: ReturnType<typeof program>) => [Value, object], string]>([
    [
      'a shape',
      ({ y }) => [y, { shape: ['n', 4] }],
      '"matmul" at layers.0, says float32 [n, 4], but is float32 [n, 3].',
    ],
    ['a type', ({ turned }) => [turned, { dtype: 'int32' }], 'says int32 [3, 3], but is float32 [3, 3].'],
    [
      'attributes',
      ({ turned }) => [turned, { attrs: { perm: [0, 0] } }],
      '[0,0] is no permutation of the 2 axes',
    ],
    ['the order', ({ y, turned }) => [turned, { inputs: [y] }], 'stands before its input 3.'],
    [
      'an input',
      ({ y }) => [y, { inputs: [program().x, program().turned] }],
      'has an input of another graph.',
    ],
    ['a name', ({ x }) => [x, { name: 'z' }], 'is not the input "z".'],
  ])('with %s that a pass made wrong is refused with the value', (_, change, message) => {
    expect(() => checkGraph(changed(change))).toThrow(message);
  });

  it('whose output or boundary belongs to another graph is refused', () => {
    const { graph, y } = program();
    graph.outputs.set('other', program().y);
    expect(() => checkGraph(graph)).toThrow('is output "other" but of another graph');
    graph.outputs.delete('other');
    graph.boundary(cast(program().x, { dtype: 'int32' }));
    expect(() => checkGraph(graph)).toThrow('is a boundary but of another graph');
    expect(y.graph).toBe(graph);
  });
});
