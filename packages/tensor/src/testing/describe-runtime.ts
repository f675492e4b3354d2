import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../gradient.js';
import { Graph } from '../graph.js';
import { ops } from '../op.js';
import { add, cast, dimSize, iota, matmul, mul, reshape, slice, sum } from '../ops/index.js';
import type { Runtime } from '../runtime.js';
import { float32, int32, type Tensor, zeros } from '../tensor.js';
import { evaluate, toArray64 } from './reference.js';
import { sampleProgram } from './samples.js';

export interface Conformance {
  /** Operations that the engine does not run, each with the reason. */
  readonly exceptions?: Readonly<Record<string, string>>;
  /** Largest difference allowed, relative to the largest value of an output; default 2e-6. */
  readonly tolerance?: number;
}

/**
 * The suite that every engine runs (inside vitest): each operation and its gradient on all samples against a float64
 * evaluation, and the promises of `Program` and `DeviceTensor`.
 */
export const describeRuntime = (
  name: string,
  create: () => Promise<Runtime>,
  { exceptions = {}, tolerance = 2e-6 }: Conformance = {},
): void => {
  describe(`${name} keeps the promises of a runtime`, () => {
    let runtime: Runtime;
    beforeAll(async () => {
      runtime = await create();
    });
    afterAll(() => runtime?.dispose());

    const agree = async (graph: Graph, feeds: Readonly<Record<string, Tensor>>) => {
      const expected = evaluate(
        graph,
        Object.fromEntries(Object.entries(feeds).map(([key, tensor]) => [key, toArray64(tensor)])),
      );
      const program = await runtime.compile(graph);
      const actual = await program.run(feeds);
      await program.dispose();
      for (const [key, { data, shape }] of Object.entries(expected)) {
        expect(actual[key]!.shape, key).toEqual(shape);
        const scale = Math.max(1e-3, ...data.map(Math.abs));
        const worst = Math.max(0, ...data.map((x, i) => Math.abs(x - actual[key]!.data[i]!) / scale));
        expect(worst, `${key}: worst relative difference`).toBeLessThan(tolerance);
      }
    };

    for (const spec of ops.values()) {
      for (const [i, sample] of spec.samples.entries()) {
        const title = `${spec.name} and its gradient, sample ${i}`;
        const reason = exceptions[spec.name];
        it.skipIf(reason)(reason ? `${title}: ${reason}` : title, async () => {
          const { graph, inputs, output, loss, feeds } = sampleProgram(spec, sample);
          graph.output('y', output);
          if (loss && spec.gradient !== 'none') {
            gradients(loss, inputs).forEach((g, j) => {
              if (g && inputs[j]!.dtype === 'float32') graph.output(`g${j}`, g);
            });
          }
          await agree(graph, feeds);
        });
      }
    }

    it('runs one program at any size of its symbolic dimensions', async () => {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['rows', 'time', 4]);
      const flat = reshape(x, { shape: ['rows*time', 4] });
      const w = graph.constant(float32([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]));
      const y = reshape(matmul(flat, w), { shape: ['rows', 'time', 2] });
      graph.output('y', y);
      graph.output('tail', slice(y, { axis: 1, start: 1, end: 'time' }));
      graph.output('sum', mul(sum(y, { axes: [0, 1, 2] }), dimSize(graph, 'time')));
      graph.output('index', add(cast(iota(graph, 'rows'), { dtype: 'float32' }), 1));
      for (const [rows, time] of [
        [2, 3],
        [1, 5],
      ] as const) {
        const data = Float32Array.from({ length: rows * time * 4 }, (_, i) => Math.sin(i));
        await agree(graph, { x: float32(data, [rows, time, 4]) });
      }
    });

    it('reads weights where they lie, and names one that is missing or has another shape', async () => {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['n', 2]);
      graph.output('y', matmul(x, graph.weight('layer.weight', [2, 1])));
      const bytes = new Uint8Array(Float32Array.of(10, 1).buffer);
      const weights = new Map([['layer.weight', { dtype: 'float32' as const, shape: [2, 1], data: bytes }]]);
      const program = await runtime.compile(graph, { weights });
      const { y } = await program.run({ x: float32([1, 2, 3, 4], [2, 2]) });
      expect([...y!.data]).toEqual([12, 34]);
      await program.dispose();
      await expect(runtime.compile(graph)).rejects.toThrow('layer.weight');
      const wrong = new Map([['layer.weight', { dtype: 'float32' as const, shape: [1, 2], data: bytes }]]);
      await expect(runtime.compile(graph, { weights: wrong })).rejects.toThrow(/layer\.weight.*\[1, ?2\]/);
    });

    it('writes outputs into host tensors and device tensors, also into one that is fed', async () => {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['n']);
      // An input and an output may share a name, as parameters do in an optimizer.
      graph.output('x', mul(x, 2));
      graph.output('total', sum(x, { axes: [0] }));
      const program = await runtime.compile(graph);
      const state = await runtime.place(float32([1, 2, 3]));
      for (let i = 0; i < 3; i++) await program.run({ x: state }, { x: state });
      expect([...(await state.read()).data]).toEqual([8, 16, 24]);
      const host = zeros([3]);
      const rest = await program.run({ x: state }, { x: host });
      expect([...host.data]).toEqual([16, 32, 48]);
      expect(Object.keys(rest)).toEqual(['total']);
      await state.write(float32([5, 5, 5]));
      expect((await program.run({ x: state })).total!.data[0]).toBe(15);
      await state.dispose();
      await program.dispose();
    });

    it('writes into a window of a device tensor row by row', async () => {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['rows', 2, 'time', 1]);
      graph.output('y', add(x, 0.5));
      const program = await runtime.compile(graph);
      const cache = await runtime.place(zeros([2, 2, 4, 1]));
      const window = { tensor: cache, axis: 2, start: Int32Array.of(0, 2), count: Int32Array.of(1, 2) };
      await program.run({ x: float32([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]) }, { y: window });
      expect([...(await cache.read()).data]).toEqual([
        1.5, 0, 0, 0, 3.5, 0, 0, 0, 0, 0, 5.5, 6.5, 0, 0, 7.5, 8.5,
      ]);
      await program.dispose();
    });

    it('says which feed is missing, unknown, or does not fit', async () => {
      const graph = new Graph();
      const ids = graph.input('ids', 'int32', ['n']);
      const x = graph.input('x', 'float32', ['n', 2]);
      graph.output('y', add(x, reshape(cast(ids, { dtype: 'float32' }), { shape: ['n', 1] })));
      const program = await runtime.compile(graph);
      const good = { ids: int32([1, 2]), x: zeros([2, 2]) };
      await expect(program.run({ ids: good.ids })).rejects.toThrow('x');
      await expect(program.run({ ...good, extra: good.x })).rejects.toThrow('extra');
      await expect(program.run({ ...good, x: zeros([3, 2]) })).rejects.toThrow(/x|ids/);
      await expect(program.run({ ...good, ids: float32([1, 2]) })).rejects.toThrow(/ids.*(int32|float32)/);
      expect((await program.run(good)).y!.shape).toEqual([2, 2]);
      await program.dispose();
    });
  });
};
