import {
  argmax,
  cast,
  elementCount,
  equal,
  float32,
  Graph,
  int32,
  iota,
  matmul,
  mul,
  slice,
  sum,
  swapLast,
  uniform,
} from '@charter/tensor';
import { conformanceTable, formatConformance } from '@charter/tensor/conformance';
import { describeRuntime, evaluate, toArray64 } from '@charter/tensor/testing';
import { describe, expect, it } from 'vitest';
import { withoutDriver } from '../../../tests/webgpu-driver.js';
import { createGpuRuntime } from './create-gpu-runtime.js';

describeRuntime('gpu.js-cpu', () => createGpuRuntime({ mode: 'cpu' }));
describeRuntime('gpu.js-webasm', () => createGpuRuntime({ mode: 'webasm' }));
describe.skipIf(withoutDriver)(`WebGPU in Node${withoutDriver ? `: ${withoutDriver}` : ''}`, () => {
  describeRuntime('gpu.js-webgpu', () => createGpuRuntime({ mode: 'webgpu' }));
});

const modes = (['cpu', 'webasm', 'webgpu'] as const).map(mode => ({
  mode,
  reason: mode === 'webgpu' ? withoutDriver : undefined,
}));

describe.each(modes)('$mode', ({ mode, reason }) => {
  it.skipIf(reason)('keeps int32 exact beyond the 24 bits of a float32', async () => {
    const runtime = await createGpuRuntime({ mode });
    const graph = new Graph();
    const x = graph.input('x', 'int32', ['n']);
    graph.output('double', mul(x, graph.constant(int32([2], []))));
    graph.output('same', equal(x, graph.input('y', 'int32', ['n'])));
    graph.output('uniform', uniform(graph.input('seed', 'int32', []), { shape: ['n', 3], salt: 5 }));
    graph.output('index', cast(iota(graph, 'n'), { dtype: 'float32' }));
    const feeds = {
      x: int32([16777217, -1000000007, 5]),
      y: int32([16777216, -1000000007, 5]),
      seed: int32([-1234567891], []),
    };
    const program = await runtime.compile(graph);
    const actual = await program.run(feeds);
    const expected = evaluate(
      graph,
      Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toArray64(tensor)])),
    );
    for (const name of Object.keys(expected))
      expect([...actual[name]!.data], name).toEqual([...expected[name]!.data]);
    await runtime.dispose();
  });

  it.skipIf(reason)(
    'sums a long row in steps, and takes the first of equal elements as the largest',
    async () => {
      const runtime = await createGpuRuntime({ mode });
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['rows', 'n']);
      graph.output('sum', sum(mul(x, x), { axes: [1] }));
      graph.output('argmax', argmax(x));
      const program = await runtime.compile(graph);
      const data = Float32Array.from({ length: 3 * 5001 }, (_, i) => ((i * 37) % 11) / 10);
      const { sum: sums, argmax: largest } = await program.run({ x: float32(data, [3, 5001]) });
      for (let row = 0; row < 3; row++) {
        const part = data.subarray(row * 5001, (row + 1) * 5001);
        expect(sums!.data[row]! / part.reduce((n, v) => n + v * v, 0)).toBeCloseTo(1, 6);
        expect(largest!.data[row]).toBe(part.indexOf(Math.max(...part)));
      }
      await runtime.dispose();
    },
  );
});

describe.each(modes)('$mode', ({ mode, reason }) => {
  it.skipIf(reason)(
    'multiplies matrices large enough to be tiled, also turned, cut out and repeated',
    async () => {
      const runtime = await createGpuRuntime({ mode });
      const graph = new Graph();
      const a = slice(graph.input('a', 'float32', ['rows', 3, 'k', 41]), { axis: 3, start: 1, end: 38 });
      const b = graph.input('b', 'float32', [3, 'n', 'k']);
      const c = graph.input('c', 'float32', [37, 'n']);
      // [rows, 3, 37, k] by [3, k, n], [rows, 3, k, 37] by [37, n]
      graph.output('turned', matmul(swapLast(a), swapLast(b)));
      graph.output('shared', matmul(a, c));
      const program = await runtime.compile(graph);
      const numbers = (shape: number[]) =>
        float32(
          Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i * 0.7)),
          shape,
        );
      for (const n of [40, 42]) {
        const feeds = { a: numbers([2, 3, 43, 41]), b: numbers([3, n, 43]), c: numbers([37, n]) };
        const actual = await program.run(feeds);
        const expected = evaluate(
          graph,
          Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toArray64(tensor)])),
        );
        for (const [name, { data, shape }] of Object.entries(expected)) {
          expect(actual[name]!.shape).toEqual(shape);
          const worst = Math.max(...[...data].map((x, i) => Math.abs(x - actual[name]!.data[i]!)));
          expect(worst, name).toBeLessThan(1e-5);
        }
      }
      await runtime.dispose();
    },
  );
});

it('is caught by the conformance table when one kernel is wrong', async () => {
  const wrong = { kernel: 'function (x) { return x[this.thread.x]; }' };
  const rows = await conformanceTable(() => createGpuRuntime({ mode: 'cpu', kernels: { neg: wrong } }), {
    exceptions: { log: 'left out by this test' },
  });
  const broken = rows.filter(({ result }) => result === 'broken').map(({ name }) => name);
  expect(broken).toContain('neg and its gradient, sample 0');
  expect(broken).not.toContain('add and its gradient, sample 0');
  expect(rows.find(({ name }) => name.startsWith('log and'))?.result).toBe('skipped');
  const text = formatConformance(rows);
  expect(text).toMatch(/neg and its gradient, sample 0 +broken +y: worst relative difference 2/);
  expect(text).toMatch(/log and its gradient, sample 0 +skipped +left out by this test/);
});

it('runs nowhere else than where it was told to', async () => {
  await expect(createGpuRuntime({ mode: 'webgl2' })).rejects.toThrow(/webgl2/);
});
