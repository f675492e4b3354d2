import { gradients } from '../gradient.js';
import { Graph, type Value } from '../graph.js';
import {
  add,
  argmax,
  attention,
  cast,
  concat,
  dimSize,
  equal,
  expand,
  gather,
  iota,
  lessEqual,
  linear,
  logSoftmax,
  matmul,
  max,
  mean,
  mul,
  reshape,
  rmsNorm,
  rotary,
  scatterAddRows,
  scatterLastAxis,
  silu,
  slice,
  softmax,
  sub,
  sum,
  swapLast,
  takeAlongLastAxis,
  transpose,
  where,
} from '../ops/index.js';
import { float32, int32, type Tensor } from '../tensor.js';
import { pseudoRandom } from '../testing/samples.js';
import { agree } from './agree.js';
import type { ConformanceCase } from './conformance-case.js';

const random = (shape: readonly number[], seed = 1): Tensor => {
  const next = pseudoRandom(seed);
  const count = shape.reduce((n, d) => n * d, 1);
  return float32(Float32Array.from({ length: count }, next), shape);
};

const indices = (shape: readonly number[], below: number): Tensor =>
  int32(
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => (i * 7 + 3) % below),
    shape,
  );

/** Programs with symbolic sizes, each run at several, odd ones among them. */
export const shapeCases: readonly ConformanceCase[] = [
  {
    name: 'one program runs at any size of its symbolic dimensions',
    run(runtime, tolerance) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['rows', 'time', 4]);
      const flat = reshape(x, { shape: ['rows*time', 4] });
      const w = graph.constant(float32([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]));
      const y = reshape(matmul(flat, w), { shape: ['rows', 'time', 2] });
      graph.output('y', y);
      graph.output('tail', slice(y, { axis: 1, start: 1, end: 'time' }));
      graph.output('sum', mul(sum(y, { axes: [0, 1, 2] }), dimSize(graph, 'time')));
      graph.output('index', add(cast(iota(graph, 'rows'), { dtype: 'float32' }), 1));
      const sizes = [
        [2, 3],
        [1, 5],
        [7, 13],
      ] as const;
      const runs = sizes.map(([rows, time]) => ({ x: random([rows, time, 4]) }));
      return agree(runtime, graph, runs, tolerance);
    },
  },
  {
    name: 'transposed, sliced, repeated and joined values are read in the right order at odd sizes',
    run(runtime, tolerance) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['a', 'b', 6]);
      const turned = transpose(x, { perm: [1, 2, 0] }); // [b, 6, a]
      const part = slice(turned, { axis: 1, start: 1, end: 4 }); // [b, 3, a]
      graph.output('joined', reshape(part, { shape: ['b', '3*a'] }));
      graph.output('shifted', mul(add(part, 1), slice(turned, { axis: 1, start: 3, end: 6 })));
      const repeated = expand(reshape(x, { shape: ['a', 'b', 1, 6] }), { shape: ['a', 'b', 3, 6] });
      graph.output('repeated', reshape(repeated, { shape: ['3*a*b', 6] }));
      graph.output('sums', sum(turned, { axes: [0, 2] }));
      graph.output('largest', max(turned, { axes: [1], keepdims: true }));
      const parts = Array.from({ length: 10 }, (_, i) => mul(x, i + 1));
      graph.output('many', concat([...parts, x], { axis: 1 }));
      const g = gradients(sum(mul(part, part), { axes: [0, 1, 2] }), [x])[0]!;
      graph.output('gradient', g);
      const runs = [
        [1, 1],
        [3, 5],
        [11, 2],
      ].map(([a, b]) => ({ x: random([a!, b!, 6]) }));
      return agree(runtime, graph, runs, tolerance);
    },
  },
  {
    name: 'matrix products take transposed and repeated operands at odd sizes',
    run(runtime, tolerance) {
      const graph = new Graph();
      const a = graph.input('a', 'float32', ['rows', 'heads', 'm', 5]);
      const b = graph.input('b', 'float32', ['heads', 'n', 5]);
      const scores = matmul(a, swapLast(b)); // [rows, heads, m, n]
      graph.output('scores', scores);
      graph.output('back', matmul(swapLast(scores), a));
      const loss = sum(mul(scores, scores), { axes: [0, 1, 2, 3] });
      for (const [i, g] of gradients(loss, [a, b]).entries()) graph.output(`g${i}`, g!);
      const runs = [
        [1, 1, 1, 1],
        [2, 3, 7, 9],
        [3, 1, 1, 17],
      ].map(([rows, heads, m, n]) => ({
        a: random([rows!, heads!, m!, 5]),
        b: random([heads!, n!, 5], 2),
      }));
      return agree(runtime, graph, runs, tolerance);
    },
  },
  {
    name: 'long rows are summed, searched and normalised',
    run(runtime, tolerance) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['rows', 'n']);
      graph.output('sum', sum(mul(x, x), { axes: [1] }));
      graph.output('mean', mean(add(x, 2), { axes: [0, 1] }));
      graph.output('max', max(x, { axes: [1] }));
      graph.output('argmax', argmax(x));
      graph.output('softmax', softmax(mul(x, 20)));
      graph.output('logSoftmax', logSoftmax(mul(x, 20)));
      const runs = [
        [1, 3001],
        [3, 1031],
      ].map(([rows, n]) => ({ x: random([rows!, n!]) }));
      return agree(runtime, graph, runs, tolerance);
    },
  },
  {
    name: 'rows and elements are found by index, and their gradients go back there',
    run(runtime, tolerance) {
      const graph = new Graph();
      const table = graph.input('table', 'float32', ['rows', 3, 5]);
      const at = graph.input('at', 'int32', ['n', 2]);
      const found = gather(table, at); // [n, 2, 3, 5]
      graph.output('found', found);
      graph.output('g', gradients(sum(mul(found, found), { axes: [0, 1, 2, 3] }), [table])[0]!);
      const flat = reshape(at, { shape: ['2*n'] });
      const updates = reshape(found, { shape: ['2*n', 15] });
      graph.output('scattered', scatterAddRows(updates, flat, { rows: 'rows' }));
      const picked = takeAlongLastAxis(reshape(found, { shape: ['2*n', 15] }), flat);
      graph.output('picked', picked);
      graph.output('placed', scatterLastAxis(picked, flat, { size: 15 }));
      const runs = [
        [5, 1],
        [13, 9],
      ].map(([rows, n]) => ({ table: random([rows!, 3, 5]), at: indices([n!, 2], rows!) }));
      return agree(runtime, graph, runs, tolerance);
    },
  },
  {
    name: 'int32 is exact, also beyond the 24 bits of a float32',
    run(runtime) {
      const graph = new Graph();
      const x = graph.input('x', 'int32', ['n']);
      graph.output('sum', add(x, graph.constant(int32([1], []))));
      graph.output('same', equal(x, graph.input('y', 'int32', ['n'])));
      const feeds = {
        x: int32([16777217, -1000000007, 5, 2 ** 31 - 2]),
        y: int32([16777216, -1000000007, 5, 2 ** 31 - 1]),
      };
      // Relative to the largest number, one is 5e-10.
      return agree(runtime, graph, [feeds], 1e-10);
    },
  },
  {
    name: 'a layer of a transformer and all its gradients, at odd sizes',
    run(runtime, tolerance) {
      const graph = new Graph();
      const [heads, d, width] = [3, 4, 12];
      const parameters: Value[] = [];
      const parameter = (shape: number[]) => {
        parameters.push(graph.input(`p${parameters.length}`, 'float32', shape));
        return parameters.at(-1)!;
      };
      const ids = graph.input('ids', 'int32', ['rows', 'time']);
      const segments = graph.input('segments', 'int32', ['rows', 'time']);
      const x = gather(parameter([17, width]), ids); // [rows, time, width]
      const normed = rmsNorm(x, parameter([width]), { eps: 1e-5 });
      const split = (y: Value) =>
        transpose(reshape(y, { shape: ['rows', 'time', heads, d] }), { perm: [0, 2, 1, 3] });
      const tables = [
        graph.input('cos', 'float32', ['time', d]),
        graph.input('sin', 'float32', ['time', d]),
      ] as const;
      const [q, k, v] = [0, 1, 2].map(() => split(linear(normed, parameter([width, width]))));
      const row = reshape(segments, { shape: ['rows', 1, 'time', 1] });
      const column = reshape(segments, { shape: ['rows', 1, 1, 'time'] });
      const steps = iota(graph, 'time');
      const earlier = lessEqual(
        reshape(steps, { shape: [1, 1, 1, 'time'] }),
        reshape(steps, { shape: [1, 1, 'time', 1] }),
      );
      const seen = where(equal(row, column), cast(earlier, { dtype: 'float32' }), 0);
      const mask = mul(sub(1, seen), -1e9);
      const attended = attention(rotary(q!, ...tables), rotary(k!, ...tables), v!, mask, { scale: 0.5 });
      const merged = reshape(transpose(attended, { perm: [0, 2, 1, 3] }), { shape: ['rows', 'time', width] });
      const hidden = add(x, linear(merged, parameter([width, width])));
      const gated = mul(silu(linear(hidden, parameter([20, width]))), linear(hidden, parameter([20, width])));
      const logits = linear(gated, parameter([17, 20])); // [rows, time, 17]
      const loss = mean(
        takeAlongLastAxis(logSoftmax(logits), graph.input('labels', 'int32', ['rows', 'time'])),
        {
          axes: [0, 1],
        },
      );
      graph.output('loss', loss);
      for (const [i, g] of gradients(loss, parameters).entries()) graph.output(`g${i}`, g!);
      const runs = [
        // A query with one key only has no gradient but the rounding of it, to which nothing compares.
        [1, 2],
        [2, 7],
        [3, 5],
      ].map(([rows, time]) => {
        const angles = Array.from({ length: time! * d }, (_, i) => Math.floor(i / d) / (1 + (i % (d / 2))));
        return {
          ids: indices([rows!, time!], 17),
          labels: indices([rows!, time!], 16),
          segments: int32(
            Array.from({ length: rows! * time! }, (_, i) => Number(i % time! > 3)),
            [rows!, time!],
          ),
          cos: float32(angles.map(Math.cos), [time!, d]),
          sin: float32(angles.map(Math.sin), [time!, d]),
          ...Object.fromEntries(parameters.map((p, i) => [`p${i}`, random(p.shape as number[], i + 3)])),
        };
      });
      return agree(runtime, graph, runs, 10 * tolerance);
    },
  },
];
