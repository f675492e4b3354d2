import type { Runtime } from '@charter/tensor';
import {
  add,
  type CompileOptions,
  type FrozenWeight,
  float32,
  Graph,
  gather,
  gradients,
  int32,
  linear,
  mul,
  quantizeMatrix,
  sum,
} from '@charter/tensor';
import { pseudoRandom } from '@charter/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxRuntime } from '../create-onnx-runtime.js';
import { lowerGraph } from './lower-graph.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const random = pseudoRandom(11);
const numbers = (count: number) => Float32Array.from({ length: count }, random);
const [out, tokens] = [40, 5];

// Three blocks are an odd number, of which the zero points fill half a byte.
describe.each([
  [4, 96],
  [4, 128],
  [8, 96],
] as const)('a weight in %d bits with %d columns', (bits, in_) => {
  const matrix = quantizeMatrix(numbers(out * in_), [out, in_], { bits });
  const weights = new Map<string, FrozenWeight>([['w', matrix]]);
  const x = float32(numbers(tokens * in_), [tokens, in_]);

  /** Values of the matrix, as the engine itself dequantizes it. */
  const widened = async () => {
    const graph = new Graph();
    graph.output('w', mul(graph.weight('w', [out, in_]), graph.input('one', 'float32', [])));
    const program = await runtime.compile(graph, { weights });
    const { w } = await program.run({ one: float32([1], []) });
    await program.dispose();
    return w!.data as Float32Array;
  };

  it('is widened as its layout says', async () => {
    const w = await widened();
    const bytes = (part: FrozenWeight | object) => (part as { data: Uint8Array }).data;
    const scales = new Float32Array(bytes(matrix.scales).buffer);
    const at = (packed: Uint8Array, i: number) =>
      bits === 8 ? packed[i]! : (packed[i >> 1]! >> (4 * (i & 1))) & 15;
    const expected = w.map((_, i) => {
      const [row, block] = [Math.floor(i / in_), Math.floor((i % in_) / 32)];
      const zero = matrix.zeroPoints ? at(bytes(matrix.zeroPoints), row * 4 + block) : 128;
      return scales[(row * in_) / 32 + block]! * (at(bytes(matrix.values), i) - zero);
    });
    expect(Math.max(...w.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
  });

  it('stays in its bits in a linear layer, with bias and factor, and has the product of the widened weight', async () => {
    const build = (graph: Graph) => {
      const input = graph.input('x', 'float32', ['tokens', in_]);
      const y = mul(linear(input, graph.weight('w', [out, in_])), 0.5);
      graph.output('y', add(y, graph.input('bias', 'float32', [out])));
      graph.output('dx', gradients(sum(mul(y, y), { axes: [0, 1] }), [input])[0]!);
      graph.output('rows', gather(graph.weight('w', [out, in_]), graph.input('ids', 'int32', ['ids'])));
      return graph;
    };
    const feeds = { x, bias: float32(numbers(out)), ids: int32([3, 0]) };
    const run = async (given: ReadonlyMap<string, FrozenWeight>, options: CompileOptions = {}) => {
      const program = await runtime.compile(build(new Graph()), { ...options, weights: given });
      const results = await program.run(feeds);
      await program.dispose();
      return results;
    };
    const plain = await widened();
    const expected = await run(
      new Map([['w', { dtype: 'float32', shape: [out, in_], data: new Uint8Array(plain.buffer) }]]),
    );
    const actual = await run(weights);
    const relative = (name: string, found = actual) => {
      const scale = Math.max(...expected[name]!.data.map(Math.abs));
      return Math.max(...expected[name]!.data.map((v, i) => Math.abs(v - found[name]!.data[i]!))) / scale;
    };
    // Activations are rounded to 8 bits.
    expect(relative('y')).toBeLessThan(0.01);
    expect(relative('dx')).toBeLessThan(0.01);
    expect(relative('rows')).toBe(0);
    // Left in float32, nothing is lost, forward or backward, also in a program that keeps little memory.
    for (const lowMemory of [false, true]) {
      const exact = await run(weights, { activations: 'float32', lowMemory });
      for (const name of Object.keys(expected)) expect(relative(name, exact)).toBeLessThan(1e-6);
    }
    const text = (model: Uint8Array) => Buffer.from(model).toString('latin1');
    expect(text(lowerGraph(build(new Graph()), weights).model)).toContain('MatMulNBits');
  });
});
