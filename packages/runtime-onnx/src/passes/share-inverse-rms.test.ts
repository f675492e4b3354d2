import { Graph, gradients, mul, rmsNorm, sum } from '@charter/tensor';
import { expect, it } from 'vitest';
import { shareInverseRms } from './share-inverse-rms.js';

const normGradient = (eps: number): string[] => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 4]);
  const weight = graph.weight('w', [4]);
  const y = rmsNorm(x, weight, { eps });
  const [gradient] = gradients(sum(mul(y, y), { axes: [0, 1] }), [x]);
  graph.output('gradient', gradient!);
  return shareInverseRms(graph)
    .reachable()
    .map(value => value.op);
};

it('the gradient of a norm takes the root mean square from the forward pass', () => {
  const names = normGradient(1e-5);
  expect(names.filter(name => name === 'inverseRms').length).toBe(1);
  expect(names).not.toContain('reciprocal');
});

it('norms of one tensor with different epsilons keep their own', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 4]);
  const weight = graph.weight('w', [4]);
  for (const eps of [1e-5, 1e-2]) {
    const y = rmsNorm(x, weight, { eps });
    graph.output(`${eps}`, gradients(sum(mul(y, y), { axes: [0, 1] }), [x])[0]!);
  }
  const shared = shareInverseRms(graph)
    .reachable()
    .filter(value => value.op === 'inverseRms');
  expect(shared.map(({ inputs: [norm] }) => rmsNorm.is(norm) && norm.attrs.eps)).toEqual([1e-5, 1e-2]);
});
