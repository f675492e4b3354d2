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
  transpose,
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
    expect(operations(graph)).toEqual([
      // The loss itself is no output; its gradient by y is `upstream` spread from a scalar.
      ...['reshape', 'expand', 'mul'],
      // By B, from the adapter's inner product, which is made turned already.
      ...['gemm 0.5 a bᵀ', 'gemm 1 aᵀ bᵀ'],
      // By x, the adapter's part and the weight's; by A.
      ...['gemm 0.5 a b', 'gemm 1 a b', 'gemm 1 a b + c', 'gemm 1 aᵀ b'],
    ]);
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

describe('a product', () => {
  const input = (graph: Graph, name: string, ...shape: (number | string)[]) =>
    graph.input(name, 'float32', shape);

  it('of more than two dimensions takes in transposes and factors of its sides and its result, but no sum', () => {
    const graph = new Graph();
    const [q, k] = ['q', 'k'].map(name => input(graph, name, 'rows', 2, 'time', 4)) as [Value, Value];
    const scores = mul(matmul(mul(q, 0.5), swapLast(mul(k, 3))), 2);
    graph.output('y', add(swapLast(scores), input(graph, 'mask', 'rows', 2, 'time', 'time')));
    expect(operations(graph)).toEqual(['fusedMatmul 3 a bᵀ', 'add']);
  });

  it('of more than two dimensions stays plain where nothing is folded into it', () => {
    const graph = new Graph();
    graph.output('y', matmul(input(graph, 'a', 2, 3, 4), input(graph, 'b', 4, 5)));
    expect(operations(graph)).toEqual(['matmul']);
  });

  it('keeps a transpose that moves other axes than the last two', () => {
    const graph = new Graph();
    const turned = transpose(input(graph, 'a', 2, 3, 4), { perm: [1, 0, 2] });
    graph.output('y', matmul(turned, input(graph, 'b', 3, 4, 5)));
    expect(operations(graph)).toEqual(['transpose', 'matmul']);
  });

  it('of two transposes in a row is of none', () => {
    const graph = new Graph();
    const x = input(graph, 'x', 3, 3);
    graph.output('y', matmul(swapLast(mul(swapLast(x), 4)), x));
    expect(operations(graph)).toEqual(['gemm 4 a b']);
  });

  it('adds a bias, on either side of the sum, but nothing that makes it larger', () => {
    const graph = new Graph();
    const [x, w] = [input(graph, 'x', 'n', 6), input(graph, 'w', 4, 6)];
    graph.output('left', add(linear(x, w), input(graph, 'bias', 4)));
    graph.output('right', add(input(graph, 'other', 4), linear(mul(x, 2), w)));
    graph.output('column', add(linear(mul(x, 3), w), input(graph, 'column', 'n', 1)));
    expect(operations(graph)).toEqual(['gemm 1 a bᵀ + c', 'gemm 2 a bᵀ + c', 'gemm 3 a bᵀ', 'add']);
  });

  it('that adds something already is neither scaled nor turned any more', () => {
    const graph = new Graph();
    const x = input(graph, 'x', 3, 3);
    const sums = add(matmul(x, x), input(graph, 'c', 3, 3));
    graph.output('scaled', mul(sums, 2));
    const others = add(matmul(x, mul(x, 5)), input(graph, 'd', 3, 3));
    graph.output('turned', swapLast(others));
    expect(operations(graph)).toEqual(['gemm 1 a b + c', 'mul', 'gemm 5 a b + c', 'transpose']);
  });

  it('is scaled by a number only', () => {
    const graph = new Graph();
    const x = input(graph, 'x', 3, 3);
    graph.output('y', mul(matmul(x, x), input(graph, 'factor')));
    expect(operations(graph)).toEqual(['gemm 1 a b', 'mul']);
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

  it('of scaled, turned and summed products equals the decomposed one', async () => {
    const graph = new Graph();
    const [x, c] = ['x', 'c'].map(name => graph.input(name, 'float32', [3, 3])) as [Value, Value];
    const bias = graph.input('bias', 'float32', [3]);
    const wide = graph.input('wide', 'float32', [2, 3, 3]);
    graph.output('bias', add(matmul(swapLast(x), mul(c, 0.5)), bias));
    graph.output('turned', swapLast(matmul(x, swapLast(c))));
    graph.output('sums', mul(add(matmul(x, c), add(matmul(c, c), x)), 3));
    graph.output('wide', mul(swapLast(matmul(swapLast(wide), mul(x, 2))), -1));
    await equalBothWays(graph, { x: tensor(3, 3), c: tensor(3, 3), bias: tensor(3), wide: tensor(2, 3, 3) });
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
