import { type FrozenWeight, float32, Graph, linear, quantizeMatrix, type Runtime } from '@charter/tensor';
import { pseudoRandom } from '@charter/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOnnxRuntime } from '../create-onnx-runtime.js';
import { lowerGraph } from './lower-graph.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const random = pseudoRandom(3);
const numbers = (count: number) => Float32Array.from({ length: count }, random);
const in_ = 96;
const sizes = { q: 24, k: 8, v: 8 };
const weights = new Map<string, FrozenWeight>(
  Object.entries(sizes).map(([name, out]) => [
    name,
    quantizeMatrix(numbers(out * in_), [out, in_], { bits: name === 'v' ? 8 : 4 }),
  ]),
);
const graphOf = (names: readonly (keyof typeof sizes)[]) => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['tokens', in_]);
  const bias = graph.input('bias', 'float32', [sizes.q]);
  for (const name of names) {
    const weight = graph.weight(name, [sizes[name], in_]);
    graph.output(name, linear(x, weight, name === 'q' ? bias : undefined));
  }
  return graph;
};

test('products of one x by several matrices in as many bits are one product, with the results of each alone', async () => {
  const feeds = { x: float32(numbers(5 * in_), [5, in_]), bias: float32(numbers(sizes.q)) };
  const run = async (names: readonly (keyof typeof sizes)[]) => {
    const program = await runtime.compile(graphOf(names), { weights });
    const outputs = await program.run(feeds);
    await program.dispose();
    return outputs;
  };
  const together = await run(['q', 'k', 'v']);
  for (const name of ['q', 'k', 'v'] as const) {
    const { [name]: alone } = await run([name]);
    expect(together[name]!.shape).toEqual([5, sizes[name]]);
    const difference = together[name]!.data.map((y, i) => Math.abs(Number(y) - Number(alone!.data[i])));
    expect(Math.max(...difference)).toBeLessThan(1e-5);
  }
});

test('is one operator for each number of bits', () => {
  const { model } = lowerGraph(graphOf(['q', 'k', 'v']), weights);
  const text = Buffer.from(model).toString('latin1');
  expect(new Set(text.match(/\/MatMulNBits_\d+/g))).toHaveProperty('size', 2);
});
