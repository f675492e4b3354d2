import { fromBinary } from '@bufbuild/protobuf';
import { float32, Graph, gradients, int8Linear, mul, sum, type Tensor } from '@charter/tensor';
import { pseudoRandom } from '@charter/tensor/testing';
import { ModelProtoSchema } from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { OrtHost } from '../host/ort-host.js';
import { type LowerOptions, lowerGraph } from './lower-graph.js';

const [rows, in_, out] = [40, 72, 50];
const outliers = [3, 60];
const random = pseudoRandom(3);
const w = Float32Array.from({ length: out * in_ }, random);
/** Two channels are as large as in a real model; one row is zero. */
const x = Float32Array.from({ length: rows * in_ }, (_, i) => {
  const channel = i % in_;
  return i < in_ ? 0 : random() * (outliers.includes(channel) ? 40 : 1);
});

const build = (channels: readonly number[]): Graph => {
  const graph = new Graph();
  const weight = graph.weight('w', [out, in_]);
  graph.output('y', int8Linear(graph.input('x', 'float32', ['n', in_]), weight, { outliers: channels }));
  return graph;
};
const weights = new Map([
  ['w', { dtype: 'float32' as const, shape: [out, in_], data: new Uint8Array(w.buffer) }],
]);

/** `xᵀ w` in float64, of x and w rounded as `int8Linear` says, or as they are. */
const expected = (channels: readonly number[], rounds: boolean): Float64Array => {
  const kept = (channel: number) => !channels.includes(channel);
  const scale = (at: (channel: number) => number) =>
    Math.max(...Array.from({ length: in_ }, (_, c) => (kept(c) ? Math.abs(at(c)) : 0))) / 127;
  const y = new Float64Array(rows * out);
  for (let row = 0; row < rows; row++) {
    const xScale = scale(c => x[row * in_ + c]!);
    for (let o = 0; o < out; o++) {
      const wScale = scale(c => w[o * in_ + c]!);
      for (let c = 0; c < in_; c++) {
        const [a, b] = [x[row * in_ + c]!, w[o * in_ + c]!];
        const steps = Math.round(a / (xScale || 1)) * Math.round(b / wScale) * xScale * wScale;
        y[row * out + o]! += rounds && kept(c) ? steps : a * b;
      }
    }
  }
  return y;
};

/** Largest difference relative to the largest number of the other rows' products. */
const difference = (actual: ArrayLike<number>, wanted: Float64Array): number => {
  const largest = wanted.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  return wanted.reduce((worst, value, i) => Math.max(worst, Math.abs(value - actual[i]!)), 0) / largest;
};

describe('int8Linear', () => {
  const host = new OrtHost(ort);
  afterAll(() => host.close());
  const run = async (
    graph: Graph,
    options?: LowerOptions,
    feeds: Record<string, Tensor> = {},
  ): Promise<Record<string, Tensor>> => {
    const program = await host.compile(lowerGraph(graph, weights, options), {
      threads: 2,
      prepack: true,
      arena: true,
      profile: undefined,
    });
    return host.run({ program, feeds: { x: float32(x, [rows, in_]), ...feeds }, into: {} });
  };
  const operators = (graph: Graph, options?: LowerOptions) =>
    fromBinary(ModelProtoSchema, lowerGraph(graph, weights, options).model).graph!.node.map(
      ({ opType }) => opType,
    );

  it.each([[outliers], [[]]])(
    'is the product of the rounded factors, with outlier channels %j in float32',
    async channels => {
      const { y } = await run(build(channels));
      expect(difference(y!.data, expected(channels, true))).toBeLessThan(1e-5);
    },
  );

  it('is five times closer to the float32 product when large channels stay in float32', async () => {
    const product = expected([], false);
    const kept = difference((await run(build(outliers))).y!.data, product);
    const rounded = difference((await run(build([]))).y!.data, product);
    expect(kept).toBeLessThan(2e-3);
    expect(rounded).toBeGreaterThan(5 * kept);
  });

  it('is a float32 product where 8-bit products are refused, off the processor, and for a weight that is not frozen', async () => {
    const { y } = await run(build(outliers), { int8Products: false });
    expect(difference(y!.data, expected([], false))).toBeLessThan(1e-6);
    const trained = new Graph();
    const [input, weight] = [
      trained.input('x', 'float32', ['n', in_]),
      trained.input('w', 'float32', [out, in_]),
    ];
    trained.output('y', int8Linear(input, weight, { outliers }));
    for (const found of [
      operators(build(outliers), { int8Products: false }),
      operators(build(outliers), { device: 'webgpu' }),
      operators(trained),
    ])
      expect(found).not.toContain('MatMulIntegerToFloat');
    expect(operators(build(outliers))).toContain('MatMulIntegerToFloat');
  });

  it('has the gradient of the float32 product within a hundredth, by a product of 8 bits unless float32 is asked for', async () => {
    for (const [gradient, tolerance] of [
      ['int8', 0.01],
      ['float32', 1e-5],
    ] as const) {
      const graph = new Graph();
      const input = graph.input('x', 'float32', ['n', in_]);
      const y = int8Linear(input, graph.weight('w', [out, in_]), { outliers, gradient });
      const upstream = graph.input('g', 'float32', ['n', out]);
      graph.output('dx', gradients(sum(mul(y, upstream), { axes: [0, 1] }), [input])[0]!);
      const products = operators(graph).filter(name => name === 'MatMulIntegerToFloat');
      expect(products).toHaveLength(gradient === 'int8' ? 1 : 0);
      const g = Float32Array.from({ length: rows * out }, random);
      const { dx } = await run(graph, undefined, { g: float32(g, [rows, out]) });
      const exact = Float64Array.from({ length: rows * in_ }, (_, i) => {
        const [row, channel] = [Math.floor(i / in_), i % in_];
        let total = 0;
        for (let o = 0; o < out; o++) total += g[row * out + o]! * w[o * in_ + channel]!;
        return total;
      });
      expect(difference(dx!.data, exact)).toBeLessThan(tolerance);
    }
  });

  it('rounds x once for several layers over it', () => {
    const graph = new Graph();
    const input = graph.input('x', 'float32', ['n', in_]);
    const weight = graph.weight('w', [out, in_]);
    graph.output('y', int8Linear(input, weight, { outliers }));
    graph.output('z', int8Linear(input, weight, { outliers: [] }));
    graph.output(
      'again',
      int8Linear(int8Linear(input, weight, { outliers }), graph.input('v', 'float32', [2, out]), {
        outliers: [],
      }),
    );
    // Two of x, and two of the weight.
    expect(operators(graph).filter(name => name === 'QuantizeLinear')).toHaveLength(4);
  });
});
