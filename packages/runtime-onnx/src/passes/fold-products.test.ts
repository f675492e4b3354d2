import {
  add,
  decomposeGraph,
  float32,
  Graph,
  gradients,
  linear,
  matmul,
  mul,
  rmsNorm,
  rotary,
  silu,
  softmax,
  sum,
  swapLast,
  type Tensor,
  type Value,
} from '@charter/tensor';
import { pseudoRandom } from '@charter/tensor/testing';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { OrtHost } from '../host/ort-host.js';
import { lowerGraph } from '../lowering/lower-graph.js';
import { foldProducts, fusedMatmul, gemm } from './fold-products.js';

const folded = (graph: Graph): Graph => foldProducts(decomposeGraph(graph, () => false));

const operations = (graph: Graph): string[] =>
  folded(graph)
    .reachable()
    .filter(value => value.inputs.length > 0)
    .map(value => {
      if (!gemm.is(value) && !fusedMatmul.is(value)) return value.op;
      const { inputs } = value;
      const { alpha, transA, transB } = value.attrs;
      return `${value.spec.name} ${alpha} a${transA ? 'ᵀ' : ''} b${transB ? 'ᵀ' : ''}${inputs[2] ? ' + c' : ''}`;
    });

/** `x weightᵀ + residual + s · (x Aᵀ) Bᵀ`, as an adapted layer computes it. */
const adapted = (graph: Graph) => {
  const input = (name: string, ...shape: (number | string)[]) => graph.input(name, 'float32', shape);
  const [x, weight, a, b] = [input('x', 'n', 6), input('w', 4, 6), input('a', 2, 6), input('b', 4, 2)];
  const down = matmul(x, swapLast(a));
  const y = add(linear(x, weight), matmul(mul(down, 0.5), swapLast(b)));
  return { x, a, b, y: add(input('residual', 'n', 4), y) };
};

describe('folding products', () => {
  it('leaves nothing of an adapted layer but products', () => {
    const graph = new Graph();
    graph.output('y', adapted(graph).y);
    expect(operations(graph)).toEqual(['gemm 0.5 a bᵀ', 'gemm 1 a bᵀ + c', 'gemm 1 a bᵀ + c']);
  });

  it('leaves nothing of the layer’s gradients but products', () => {
    const graph = new Graph();
    const { x, a, b, y } = adapted(graph);
    const upstream = graph.input('g', 'float32', ['n', 4]);
    const loss = sum(mul(y, upstream), { axes: [0, 1] });
    gradients(loss, [x, a, b]).forEach((g, i) => {
      graph.output(`g${i}`, g!);
    });
    const left = operations(graph).filter(op => !op.startsWith('gemm'));
    // The loss itself is no output; its gradient by y is `upstream` spread from a scalar.
    expect(left.filter(op => op === 'transpose' || op === 'add')).toEqual([]);
  });

  it('computes a product once when somebody else needs it too', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [3, 3]);
    const y = matmul(x, x);
    graph.output('y', y);
    graph.output('scaled', mul(y, 2));
    graph.output('shifted', add(y, x));
    graph.output('turned', swapLast(y));
    expect(operations(graph)).toEqual(['gemm 1 a b', 'mul', 'add', 'transpose']);
  });

  it('keeps a factor that makes the product larger', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [3, 3]);
    const row = graph.input('row', 'float32', [1, 3]);
    graph.output('broadcast', add(matmul(x, x), row));
    graph.output('wide', mul(matmul(x, x), graph.input('wide', 'float32', [2, 3, 3])));
    expect(operations(graph)).toEqual(['gemm 1 a b', 'add', 'mul']);
  });
});

describe('a fused program', () => {
  const host = new OrtHost(ort);
  afterAll(() => host.close());

  const run = async (graph: Graph, feeds: Record<string, Tensor>, fuse: boolean) => {
    const program = await host.compile(lowerGraph(graph, new Map(), { fuse }), {
      threads: 1,
      prepack: true,
      arena: true,
      profile: undefined,
    });
    return host.run({ program, feeds, into: {} });
  };

  const random = pseudoRandom(5);
  const tensor = (...shape: number[]): Tensor =>
    float32(Array.from({ length: shape.reduce((n, d) => n * d, 1) }, random), shape);

  const equalBothWays = async (graph: Graph, feeds: Record<string, Tensor>) => {
    const [plain, fused] = [await run(graph, feeds, false), await run(graph, feeds, true)];
    for (const [name, { shape, data }] of Object.entries(plain)) {
      expect(fused[name]!.shape).toEqual(shape);
      const scale = Math.max(...data.map(Math.abs));
      const worst = Math.max(...data.map((x, i) => Math.abs(x - fused[name]!.data[i]!)));
      expect(worst / scale, name).toBeLessThan(2e-6);
    }
  };

  it('of an adapted layer equals the decomposed one', async () => {
    const graph = new Graph();
    const { x, a, b, y } = adapted(graph);
    const loss = sum(mul(y, y), { axes: [0, 1] });
    graph.output('y', y);
    gradients(loss, [x, a, b]).forEach((g, i) => {
      graph.output(`g${i}`, g!);
    });
    await equalBothWays(graph, {
      x: tensor(5, 6),
      w: tensor(4, 6),
      a: tensor(2, 6),
      b: tensor(4, 2),
      residual: tensor(5, 4),
    });
  });

  it('of attention, norms and gates equals the decomposed one', async () => {
    const graph = new Graph();
    const heads = (name: string) => graph.input(name, 'float32', ['rows', 2, 'time', 4]);
    const [q, k, v] = [heads('q'), heads('k'), heads('v')];
    const [cos, sin] = ['cos', 'sin'].map(name => graph.input(name, 'float32', ['rows', 1, 'time', 4])) as [
      Value,
      Value,
    ];
    const turned = rotary(q, cos, sin);
    const scores = mul(matmul(mul(turned, 0.5), swapLast(rotary(k, cos, sin))), 3);
    const mixed = matmul(softmax(scores), v);
    const weight = graph.input('norm', 'float32', [4]);
    const y = silu(rmsNorm(mixed, weight, { eps: 1e-5 }));
    const loss = sum(mul(y, y), { axes: [0, 1, 2, 3] });
    graph.output('y', y);
    gradients(loss, [q, k, v, weight]).forEach((g, i) => {
      graph.output(`g${i}`, g!);
    });
    // Both halves of a head turn by the same angles.
    const angles = (f: (x: number) => number) =>
      float32(
        Array.from({ length: 2 * 3 * 4 }, (_, i) => f(Math.floor(i / 4) * (1 + (i % 2)))),
        [2, 1, 3, 4],
      );
    await equalBothWays(graph, {
      q: tensor(2, 2, 3, 4),
      k: tensor(2, 2, 3, 4),
      v: tensor(2, 2, 3, 4),
      cos: angles(Math.cos),
      sin: angles(Math.sin),
      norm: tensor(4),
    });
  });
});
