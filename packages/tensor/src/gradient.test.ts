import { describe, expect, it } from 'vitest';
import { gradients } from './gradient.js';
import { Graph } from './graph.js';
import { ops } from './op.js';
import { add, cast, gather, matmul, mean, mul, softmax, stopGradient, sum } from './ops/index.js';
import { int32 } from './tensor.js';
import { evaluate, toArray64 } from './testing/reference.js';
import { sampleProgram } from './testing/samples.js';

/** Operations that take no values: there is nothing to differentiate and no sample to give. */
const nullary = ['dimSize', 'iota'];

describe('every operation', () => {
  it.each(
    [...ops.values()].filter(spec => !nullary.includes(spec.name)).map(spec => [spec.name, spec] as const),
  )('%s has samples and says what its gradient is', (_name, spec) => {
    expect(spec.samples.length).toBeGreaterThan(0);
    expect(spec.gradient ?? spec.decompose).toBeDefined();
  });
});

describe('the gradient agrees with finite differences', () => {
  const cases = [...ops.values()]
    .filter(spec => spec.gradient !== 'none')
    .flatMap(spec => spec.samples.map((sample, i) => [spec.name, i, sampleProgram(spec, sample)] as const));
  const [differentiable, others] = [true, false].map(float =>
    cases.filter(([, , { output }]) => (output.dtype === 'float32') === float),
  ) as [typeof cases, typeof cases];

  it.each(others)('which is none where the result is no float32: %s, sample %i', (_name, _i, program) => {
    const { inputs, output } = program;
    const scalar = sum(cast(output, { dtype: 'float32' }), { axes: output.shape.map((_, i) => i) });
    expect(gradients(scalar, inputs)).toEqual(inputs.map(() => undefined));
  });

  it.each(differentiable)('%s, sample %i', (_name, _i, { graph, inputs, loss, feeds }) => {
    const wrt = inputs.filter(input => input.dtype === 'float32');
    graph.output('loss', loss!);
    const numbers = Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [name, toArray64(tensor)]),
    );
    const found = gradients(loss!, wrt);
    found.forEach((g, i) => {
      if (g) graph.output(`g${i}`, g);
    });
    const results = evaluate(graph, numbers);

    wrt.forEach((input, i) => {
      const name = `x${inputs.indexOf(input)}`;
      const { data, shape } = numbers[name]!;
      const step = 1e-5;
      const numeric = data.map((_, j) => {
        const at = (offset: number) =>
          evaluate(graph, {
            ...numbers,
            [name]: { data: data.map((x, k) => (k === j ? x + offset : x)), shape },
          }).loss!.data[0]!;
        return (at(step) - at(-step)) / (2 * step);
      });
      const symbolic = found[i] ? results[`g${i}`]!.data : data.map(() => 0);
      const differ = Math.max(...numeric.map((x, j) => Math.abs(x - symbolic[j]!)));
      expect(differ, `input ${i}`).toBeLessThan(1e-7);
    });
  });
});

describe('gradients', () => {
  it('add up over all uses of a value', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['n']);
    graph.output('g', gradients(sum(mul(x, x), { axes: [0] }), [x])[0]!);
    expect([...evaluate(graph, { x: { data: Float64Array.of(1, -2), shape: [2] } }).g!.data]).toEqual([
      2, -4,
    ]);
  });

  it('of a value in the middle of the graph are those of a cut there', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2, 2]);
    const h = matmul(x, x);
    graph.output('g', gradients(sum(mul(h, h), { axes: [0, 1] }), [h])[0]!);
    expect([...evaluate(graph, { x: { data: Float64Array.of(1, 0, 0, 3), shape: [2, 2] } }).g!.data]).toEqual(
      [2, 0, 0, 18],
    );
  });

  it('do not pass stopGradient, and are undefined where the loss does not depend on the value', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', []);
    const y = graph.input('y', 'float32', []);
    expect(gradients(stopGradient(x), [x, y])).toEqual([undefined, undefined]);
  });

  it('of a mean over a symbolic dimension divide by its size at run time', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['n']);
    graph.output('g', gradients(mean(x, { axes: [0] }), [x])[0]!);
    expect([...evaluate(graph, { x: { data: new Float64Array(4), shape: [4] } }).g!.data]).toEqual([
      0.25, 0.25, 0.25, 0.25,
    ]);
  });

  it('of gathered rows add up where a row was taken twice', () => {
    const graph = new Graph();
    const table = graph.input('table', 'float32', [3, 1]);
    const rows = gather(table, graph.constant(int32([2, 2, 0])));
    graph.output('g', gradients(sum(rows, { axes: [0, 1] }), [table])[0]!);
    expect([...evaluate(graph, { table: { data: new Float64Array(3), shape: [3, 1] } }).g!.data]).toEqual([
      1, 0, 2,
    ]);
  });

  it('stand under the scope of what they are gradients of', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2, 3]);
    const scores = graph.scope('layers.3', () => softmax(x));
    const [gradient] = gradients(sum(mul(scores, scores), { axes: [0, 1] }), [x]);
    expect(gradient!.scope).toBe('backward.layers.3');
  });

  it('make no values for parts of the graph that need none', () => {
    const graph = new Graph();
    const w = graph.weight('w', [3, 3]);
    const x = graph.input('x', 'float32', [3, 3]);
    const frozen = matmul(graph.input('ids', 'float32', [3, 3]), w);
    const loss = sum(softmax(add(matmul(frozen, x), 1)), { axes: [0, 1] });
    graph.output('g', gradients(loss, [x])[0]!);
    const products = graph.reachable().filter(value => value.op === 'matmul').length;
    // Forward twice, and one gradient product by x; none by w.
    expect(products).toBe(3);
  });
});
