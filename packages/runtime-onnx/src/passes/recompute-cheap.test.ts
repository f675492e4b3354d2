import {
  add,
  decomposeGraph,
  float32,
  Graph,
  gradients,
  linear,
  matmul,
  mul,
  reshape,
  rmsNorm,
  silu,
  softmax,
  sum,
  swapLast,
  type Tensor,
  type Value,
} from '@charter/tensor';
import { pseudoRandom } from '@charter/tensor/testing';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrtHost } from '../host/ort-host.js';
import { lowerGraph } from '../lowering/lower-graph.js';
import { recomputeCheap } from './recompute-cheap.js';

const layers = 40;

/** Layers of attention and of a gated feed-forward part on a residual stream, with the gradients of all matrices. */
const deep = (): Graph => {
  const graph = new Graph();
  let x = graph.input('x', 'float32', ['tokens', 4]);
  const weights: Value[] = [];
  const names: string[] = [];
  const weight = (name: string, ...shape: number[]) => {
    names.push(name);
    weights.push(graph.input(name, 'float32', shape));
    return weights.at(-1)!;
  };
  for (let layer = 0; layer < layers; layer++) {
    const normed = rmsNorm(x, weight(`norm ${layer}`, 4), { eps: 1e-5 });
    const query = reshape(linear(normed, weight(`query ${layer}`, 4, 4)), { shape: [1, 1, 'tokens', 4] });
    const key = reshape(normed, { shape: [1, 1, 'tokens', 4] });
    const seen = softmax(matmul(query, swapLast(key))); // [1, 1, tokens, tokens]
    x = add(x, reshape(matmul(seen, key), { shape: ['tokens', 4] }));
    const [gate, up] = ['gate', 'up'].map(name => linear(normed, weight(`${name} ${layer}`, 6, 4)));
    x = add(x, linear(mul(silu(gate!), up!), weight(`down ${layer}`, 4, 6)));
  }
  graph.output('x', x);
  const found = gradients(sum(mul(x, x), { axes: [0, 1] }), weights);
  for (const [i, gradient] of found.entries()) graph.output(`gradient of ${names[i]}`, gradient!);
  return graph;
};

describe('what is computed again', () => {
  const fusible = new Set(['silu', 'rmsNorm', 'softmax']);
  /** Names of the operations that are there once more than before. */
  const again = (graph: Graph): string[] => {
    const plain = decomposeGraph(graph, ({ op }) => fusible.has(op));
    const names = (program: Graph) => program.reachable().map(({ op }) => op);
    const rest = names(plain);
    return names(recomputeCheap(plain)).filter(name => {
      const i = rest.indexOf(name);
      if (i >= 0) rest.splice(i, 1);
      return i < 0;
    });
  };

  it('are norms, gated activations and scores that the backward pass needs much later, each once', () => {
    const ops = again(deep());
    // One of the two products of attention: what is made of the scores is kept.
    for (const op of ['silu', 'mul', 'rmsNorm', 'softmax', 'matmul']) {
      const count = ops.filter(other => other === op).length;
      // Those of the last layers are needed soon.
      expect(count, op).toBeGreaterThan(layers / 2);
      expect(count, op).toBeLessThanOrEqual(layers);
    }
  });

  it('is nothing where nothing is needed much later', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [3, 4]);
    const gated = mul(silu(x), x);
    graph.output('y', add(gated, sum(gated, { axes: [0] })));
    expect(again(graph)).toEqual([]);
  });
});

describe('a program that computes values again', () => {
  const host = new OrtHost(ort);
  const results: Record<string, Tensor>[] = [];
  beforeAll(async () => {
    const graph = deep();
    const random = pseudoRandom(3);
    const feeds: Record<string, Tensor> = {};
    for (const [name, { shape }] of graph.inputs) {
      const sizes = shape.map(dim => (typeof dim === 'number' ? dim : 5));
      feeds[name] = float32(
        Array.from({ length: sizes.reduce((n, d) => n * d, 1) }, () => random() / 2),
        sizes,
      );
    }
    for (const fuse of [false, true]) {
      const program = await host.compile(lowerGraph(graph, new Map(), { fuse }), {
        threads: 1,
        prepack: true,
        arena: true,
        profile: undefined,
      });
      results.push(await host.run({ program, feeds, into: {} }));
    }
  });
  afterAll(() => host.close());

  it('has the results and gradients of the plain one', () => {
    const [plain, rewritten] = results;
    expect(Object.keys(plain!)).toHaveLength(1 + 5 * layers);
    // A gradient of one layer may be next to nothing beside those of the others, and its rounding is not.
    const kind = (name: string) => name.replace(/ \d+$/, '');
    const scales = new Map<string, number>();
    for (const [name, { data }] of Object.entries(plain!)) {
      scales.set(kind(name), Math.max(scales.get(kind(name)) ?? 0, ...data.map(Math.abs)));
    }
    for (const [name, { data }] of Object.entries(plain!)) {
      const worst = Math.max(...data.map((x, i) => Math.abs(x - rewritten![name]!.data[i]!)));
      expect(worst / scales.get(kind(name))!, name).toBeLessThan(1e-5);
    }
  });
});
