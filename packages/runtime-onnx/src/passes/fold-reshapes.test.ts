import { Graph, reshape, transpose } from '@charter/tensor';
import { expect, test } from 'vitest';
import { foldReshapes } from './fold-reshapes.js';

const opsOf = (graph: Graph) =>
  foldReshapes(graph)
    .reachable()
    .map(({ op }) => op);

test('a transpose that only moves dimensions of 1 becomes one reshape with those around it', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['rows', 12]);
  const heads = transpose(reshape(x, { shape: ['rows', 1, 3, 4] }), { perm: [0, 2, 1, 3] });
  graph.output('y', reshape(heads, { shape: ['rows', 12, 1] }));
  expect(opsOf(graph)).toEqual(['input', 'reshape']);
  expect(foldReshapes(graph).outputs.get('y')).toMatchObject({ shape: ['rows', 12, 1] });
});

test('a transpose that moves others stays', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['rows', 'time', 12]);
  const heads = reshape(x, { shape: ['rows', 'time', 3, 4] });
  graph.output('y', transpose(heads, { perm: [0, 2, 1, 3] }));
  expect(opsOf(graph)).toEqual(['input', 'reshape', 'transpose']);
});
