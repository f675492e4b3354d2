import { type FrozenWeight, Graph, linear, quantizeMatrix } from '@charter/tensor';
import { expect, it } from 'vitest';
import { checkWeights } from './check-weights.js';

it('refuses a weight in few bits, by its name', () => {
  const graph = new Graph();
  graph.output('y', linear(graph.input('x', 'float32', ['n', 32]), graph.weight('w', [2, 32])));
  const weights = new Map<string, FrozenWeight>([
    ['w', quantizeMatrix(new Float32Array(64), [2, 32], { bits: 4 })],
  ]);
  expect(() => checkWeights([...graph.weights.values()], weights)).toThrow(
    'Weight "w" is uint4, which gpu.js does not read: give it whole.',
  );
});
