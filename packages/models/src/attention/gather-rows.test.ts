import {
  add,
  dropout,
  Graph,
  gather,
  linear,
  matmul,
  mul,
  rmsNorm,
  silu,
  softmax,
  swapLast,
} from '@charter/tensor';
import { evaluate, pseudoRandom } from '@charter/tensor/testing';
import { describe, expect, it } from 'vitest';
import { gatherRows } from './gather-rows.js';

const random = pseudoRandom(5);
const matrix = (...shape: number[]) => ({
  data: Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, random),
  shape,
});

/** Two layers whose rows see each other in one product, and with p a dropout behind the last one. */
const layers = (p?: number) => {
  const graph = new Graph();
  const w = graph.input('w', 'float32', [4, 4]);
  const norm = graph.input('norm', 'float32', [4]);
  let x = graph.input('x', 'float32', ['tokens', 4]);
  const seed = p === undefined ? undefined : graph.input('seed', 'int32', []);
  for (const _ of [0, 1]) {
    const h = rmsNorm(x, norm, { eps: 1e-5 });
    const mixed = matmul(softmax(matmul(h, swapLast(h))), h); // [tokens, 4]
    x = add(x, linear(mixed, w));
    const fed = linear(mul(silu(linear(rmsNorm(x, norm, { eps: 1e-5 }), w)), 2), w);
    x = add(x, seed ? dropout(fed, seed, { p: p!, salt: 1 }) : fed);
  }
  return { graph, x: rmsNorm(x, norm, { eps: 1e-5 }), indices: graph.input('indices', 'int32', ['labels']) };
};

describe('gatherRows', () => {
  it.each([undefined, 0.5])('gives the rows that gather gives, with dropout %s', p => {
    const { graph, x, indices } = layers(p);
    graph.output('expected', gather(x, indices));
    graph.output('found', gatherRows(x, indices));
    const { expected, found } = evaluate(graph, {
      x: matrix(6, 4),
      w: matrix(4, 4),
      norm: matrix(4),
      indices: { data: Float64Array.of(4, 0, 4), shape: [3] },
      ...(p !== undefined && { seed: { data: Float64Array.of(3), shape: [] } }),
    });
    expect(found!.shape).toEqual([3, 4]);
    found!.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected!.data[i]!, 12);
    });
  });

  it('computes products of the gathered rows behind the last place where rows see each other', () => {
    const { graph, x, indices } = layers();
    graph.output('found', gatherRows(x, indices));
    const products = graph
      .reachable()
      .filter(({ op, inputs }) => op === 'matmul' && `${inputs[1]!.shape}` === '4,4');
    expect(products.map(({ shape }) => shape[0])).toEqual([
      ...['tokens', 'tokens', 'tokens'],
      ...['labels', 'labels', 'labels'],
    ]);
  });

  it('gathers at once where nothing is made row by row', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['tokens', 4]);
    const indices = graph.input('indices', 'int32', ['labels']);
    expect(gatherRows(x, indices)).toBe(gather(x, indices));
  });
});
