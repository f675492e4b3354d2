import { Graph } from '../graph.js';
import {
  add,
  cast,
  int8Linear,
  matmul,
  mul,
  reshape,
  sigmoid,
  softplus,
  sum,
  swapLast,
} from '../ops/index.js';
import type { DeviceTensor, Runtime } from '../runtime.js';
import { float32, int32, type Tensor, zeros } from '../tensor.js';
import { check, checkEqual, checkRejects } from './agree.js';
import type { ConformanceCase } from './conformance-case.js';

/** A tensor of an engine that the others know nothing of. */
const elsewhere = (contents: Tensor): DeviceTensor => {
  let { data } = contents;
  const { dtype, shape } = contents;
  return {
    dtype,
    shape,
    read: async () => ({ dtype, shape, data: data.slice() }),
    write: async tensor => {
      data = tensor.data.slice();
    },
    dispose: async () => {},
  };
};

/** Largest difference of an `int8Linear` from its float32 product, as a share of the largest result. */
const INT8_TOLERANCE = 0.02;

const promises: readonly { readonly name: string; keep(runtime: Runtime): Promise<void> }[] = [
  {
    name: 'weights are read where they lie, and one that is missing or has another shape is named',
    async keep(runtime) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['n', 2]);
      graph.output('y', matmul(x, graph.weight('layer.weight', [2, 1])));
      const bytes = new Uint8Array(Float32Array.of(10, 1).buffer);
      const weights = new Map([['layer.weight', { dtype: 'float32' as const, shape: [2, 1], data: bytes }]]);
      const program = await runtime.compile(graph, { weights });
      const { y } = await program.run({ x: float32([1, 2, 3, 4], [2, 2]) });
      checkEqual(y!.data, [12, 34], 'y');
      await program.dispose();
      await checkRejects(runtime.compile(graph), /layer\.weight/);
      const wrong = new Map([['layer.weight', { dtype: 'float32' as const, shape: [1, 2], data: bytes }]]);
      await checkRejects(runtime.compile(graph, { weights: wrong }), /layer\.weight.*\[1, ?2\]/);
    },
  },
  {
    name: 'the tails of sigmoid and softplus, on which losses stand, are right to 1e-6 of their value',
    async keep(runtime) {
      const points = [-80, -63.7, -40, -30, -22.3, -18, -15, -5, -0.5, 0, 0.5, 5, 15, 40];
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['n']);
      graph.output('sigmoid', sigmoid(x));
      graph.output('softplus', softplus(x));
      const program = await runtime.compile(graph);
      const results = await program.run({ x: float32(points) });
      const expected = {
        sigmoid: points.map(at => 1 / (1 + Math.exp(-at))),
        softplus: points.map(at => Math.max(at, 0) + Math.log1p(Math.exp(-Math.abs(at)))),
      };
      for (const [name, values] of Object.entries(expected)) {
        for (const [i, value] of values.entries()) {
          const error = Math.abs(results[name]!.data[i]! / value - 1);
          check(error < 1e-6, `${name}(${points[i]}) is ${results[name]!.data[i]}, and should be ${value}`);
        }
      }
      await program.dispose();
    },
  },
  {
    name: 'an int8Linear of a frozen weight is its float32 product within 2 % of the largest result',
    async keep(runtime) {
      const [rows, in_, out] = [5, 24, 7];
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['n', in_]);
      const w = graph.weight('w', [out, in_]);
      graph.output('y', int8Linear(x, w, { outliers: [2, 9] }));
      graph.output('exact', matmul(x, swapLast(w)));
      const numbers = (count: number, step: number) =>
        Float32Array.from({ length: count }, (_, i) => Math.sin(i * step + 1));
      const bytes = new Uint8Array(numbers(out * in_, 0.7).buffer);
      const program = await runtime.compile(graph, {
        weights: new Map([['w', { dtype: 'float32' as const, shape: [out, in_], data: bytes }]]),
      });
      const { y, exact } = await program.run({ x: float32(numbers(rows * in_, 1.3), [rows, in_]) });
      checkEqual(y!.shape, [rows, out], 'shape of y');
      const largest = Math.max(...Array.from(exact!.data, Math.abs));
      const worst = Math.max(...Array.from(exact!.data, (value, i) => Math.abs(value - y!.data[i]!)));
      check(worst < INT8_TOLERANCE * largest, `the largest difference is ${worst / largest} of ${largest}`);
      await program.dispose();
    },
  },
  {
    name: 'float16 and bfloat16 weights are widened',
    async keep(runtime) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', [4]);
      graph.output('half', mul(x, graph.weight('half', [4])));
      graph.output('brain', mul(x, graph.weight('brain', [4])));
      const bytes = (...words: number[]) => new Uint8Array(Uint16Array.from(words).buffer);
      const program = await runtime.compile(graph, {
        weights: new Map([
          // 1.5, -2, the largest, the smallest normal number
          ['half', { dtype: 'float16' as const, shape: [4], data: bytes(0x3e00, 0xc000, 0x7bff, 0x0400) }],
          ['brain', { dtype: 'bfloat16' as const, shape: [4], data: bytes(0x3fc0, 0xc000, 0x4780, 0x3c80) }],
        ]),
      });
      const { half, brain } = await program.run({ x: float32([1, 1, 1, 1]) });
      checkEqual(half!.data, [1.5, -2, 65504, 2 ** -14], 'float16');
      checkEqual(brain!.data, [1.5, -2, 65536, 2 ** -6], 'bfloat16');
      await program.dispose();
    },
  },
  {
    name: 'outputs go into host tensors and device tensors, also into one that is fed',
    async keep(runtime) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['n']);
      // An input and an output may share a name, as parameters do in an optimizer.
      graph.output('x', mul(x, 2));
      graph.output('total', sum(x, { axes: [0] }));
      const program = await runtime.compile(graph);
      const state = await runtime.upload(float32([1, 2, 3]));
      for (let i = 0; i < 3; i++) await program.run({ x: state }, { x: state });
      checkEqual((await state.read()).data, [8, 16, 24], 'the device tensor after three runs');
      const host = zeros([3]);
      const rest = await program.run({ x: state }, { x: host });
      checkEqual(host.data, [16, 32, 48], 'the host tensor');
      checkEqual(Object.keys(rest), ['total'], 'the outputs that are returned');
      await state.write(float32([5, 5, 5]));
      checkEqual((await program.run({ x: state })).total!.data, [15], 'the sum of what was written');
      await state.dispose();
      await program.dispose();
    },
  },
  {
    name: 'values that are transposed, or that two outputs share, arrive whole',
    async keep(runtime) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['n', 3]);
      const y = add(x, 1);
      graph.output('turned', swapLast(y));
      graph.output('first', y);
      graph.output('second', y);
      const program = await runtime.compile(graph);
      const [a, b] = [await runtime.allocateZeros([2, 3]), await runtime.upload(zeros([2, 3]))];
      const { turned } = await program.run(
        { x: float32([0, 1, 2, 3, 4, 5], [2, 3]) },
        { first: a, second: b },
      );
      checkEqual(turned!.shape, [3, 2], 'shape of the transposed output');
      checkEqual(turned!.data, [1, 4, 2, 5, 3, 6], 'the transposed output');
      await a.write(zeros([2, 3]));
      checkEqual((await b.read()).data, [1, 2, 3, 4, 5, 6], 'the second, after the first was overwritten');
      await a.dispose();
      await b.dispose();
      await program.dispose();
    },
  },
  {
    name: 'runs that are not waited for come in order and see the feeds of their call',
    async keep(runtime) {
      const graph = new Graph();
      graph.output('y', add(graph.input('x', 'float32', ['n']), 1));
      const program = await runtime.compile(graph);
      const state = await runtime.allocateZeros([2]);
      const feed = float32([1, 2]);
      const first = program.run({ x: feed });
      feed.data.fill(9);
      const others = [1, 2, 3].map(() => program.run({ x: state }, { y: state }));
      checkEqual((await first).y!.data, [2, 3], 'the run whose feed was changed afterwards');
      await Promise.all(others);
      checkEqual((await state.read()).data, [3, 3], 'the state after three runs');
      await state.dispose();
      await program.dispose();
    },
  },
  {
    name: 'an output goes into a slice of a device tensor row by row',
    async keep(runtime) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['rows', 2, 'time', 1]);
      graph.output('y', add(x, 0.5));
      const program = await runtime.compile(graph);
      const cache = await runtime.allocateZeros([2, 2, 4, 1]);
      const slice = { tensor: cache, axis: 2, start: Int32Array.of(0, 2), count: Int32Array.of(1, 2) };
      await program.run({ x: float32([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]) }, { y: slice });
      const expected = [1.5, 0, 0, 0, 3.5, 0, 0, 0, 0, 0, 5.5, 6.5, 0, 0, 7.5, 8.5];
      checkEqual((await cache.read()).data, expected, 'the cache');
      await cache.dispose();
      await program.dispose();
    },
  },
  {
    name: 'device tensors of another engine are fed and filled, but no part of one',
    async keep(runtime) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['n', 2]);
      const ids = graph.input('ids', 'int32', ['n', 1]);
      graph.output('y', mul(x, cast(ids, { dtype: 'float32' })));
      graph.output('ids', add(ids, ids));
      const program = await runtime.compile(graph);
      const here = await runtime.upload(int32([3, -2], [2, 1]));
      const there = elsewhere(float32([1, 2, 3, 4], [2, 2]));
      const first = program.run({ x: there, ids: here }, { y: there });
      // Behind the run, which reads it first.
      const written = here.write(int32([7, 8], [2, 1]));
      checkEqual((await first).ids!.data, [6, -4], 'the output that goes nowhere else');
      await written;
      checkEqual((await there.read()).data, [3, 6, -6, -8], 'the tensor of the other engine');
      checkEqual((await here.read()).data, [7, 8], 'the tensor of this engine');
      const slice = { tensor: there, axis: 1, start: Int32Array.of(0, 0), count: Int32Array.of(1, 1) };
      await checkRejects(program.run({ x: there, ids: here }, { y: slice }), /"y".*another runtime/);
      await here.dispose();
      await program.dispose();
    },
  },
  {
    name: 'a feed that is missing, unknown, or does not fit is named',
    async keep(runtime) {
      const graph = new Graph();
      const ids = graph.input('ids', 'int32', ['n']);
      const x = graph.input('x', 'float32', ['n', 2]);
      graph.output('y', add(x, reshape(cast(ids, { dtype: 'float32' }), { shape: ['n', 1] })));
      const program = await runtime.compile(graph);
      const good = { ids: int32([1, 2]), x: zeros([2, 2]) };
      await checkRejects(program.run({ ids: good.ids }), /x/);
      await checkRejects(program.run({ ...good, extra: good.x }), /extra/);
      await checkRejects(program.run({ ...good, x: zeros([3, 2]) }), /x|ids/);
      await checkRejects(program.run({ ...good, ids: float32([1, 2]) }), /ids.*(int32|float32)/);
      checkEqual((await program.run(good)).y!.shape, [2, 2], 'shape of y');
      await program.dispose();
    },
  },
];

/** Promises of `Program` and `DeviceTensor` besides values. */
export const programCases: readonly ConformanceCase[] = promises.map(({ name, keep }) => ({
  name,
  async run(runtime) {
    await keep(runtime);
    return undefined;
  },
}));
