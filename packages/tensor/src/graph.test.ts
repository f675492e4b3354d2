import { describe, expect, it } from 'vitest';
import { decomposeGraph } from './decompose.js';
import { addDims, mulDims } from './dim.js';
import { Graph } from './graph.js';
import { add, concat, matmul, mul, reshape, rmsNorm, silu, slice } from './ops/index.js';
import { evaluate } from './testing/reference.js';

describe('dimensions', () => {
  it('that are equal are the same string however they were made', () => {
    expect(addDims(mulDims('time', 'rows'), 1)).toBe(addDims(1, mulDims('rows', 'time')));
    expect(mulDims(addDims('a', 1), addDims('a', -1))).toBe('a*a+-1');
    expect(addDims('n', '-1*n')).toBe(0);
  });
});

describe('a graph', () => {
  it('says which operation, where and which shapes when they do not fit', () => {
    const graph = new Graph();
    const a = graph.input('a', 'float32', ['rows', 576]);
    const b = graph.weight('b', [640, 1536]);
    expect(() => graph.scope('layers.3', () => graph.scope('mlp.up_proj', () => matmul(a, b)))).toThrow(
      'matmul at layers.3.mlp.up_proj: inner dimension differs: the left side has 576, the right side 640 (inputs: [rows, 576], [640, 1536])',
    );
  });

  it('reshapes symbolic dimensions when both shapes hold equally many', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['rows', 'time', 8]);
    const tokens = mulDims('rows', 'time');
    expect(reshape(x, { shape: [tokens, 2, 4] }).shape).toEqual(['rows*time', 2, 4]);
    expect(() => reshape(x, { shape: ['rows', 8] })).toThrow(
      'reshape: [rows, 8] holds 8*rows elements, the input 8*rows*time',
    );
  });

  it('makes equal operations once, and keeps different constants apart', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2]);
    expect(add(x, 1)).toBe(add(x, 1));
    expect(add(x, 1)).not.toBe(add(x, 2));
    expect(graph.number(Number.POSITIVE_INFINITY)).not.toBe(graph.number(Number.NaN));
    const tensors = [1, 2].map(v => ({ dtype: 'float32' as const, shape: [1], data: Float32Array.of(v) }));
    expect(graph.constant(tensors[0]!)).not.toBe(graph.constant(tensors[1]!));
  });

  it('refuses values of another graph and names that are taken', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2]);
    const other = new Graph().input('x', 'float32', [2]);
    expect(() => add(x, other)).toThrow('add: its operands belong to different graphs.');
    expect(() => graph.input('x', 'float32', [3])).toThrow('The input "x" is already there');
    expect(() => graph.output('y', other)).toThrow('Output "y" belongs to another graph.');
  });

  it('slices and concatenates along symbolic dimensions', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['n', 2]);
    const y = concat([slice(x, { axis: 0, start: 1, end: 'n' }), slice(x, { axis: 0, start: 0, end: 1 })], {
      axis: 0,
    });
    expect(y.shape).toEqual(['n', 2]);
    graph.output('y', y);
    const data = Float64Array.of(1, 2, 3, 4, 5, 6);
    expect([...evaluate(graph, { x: { data, shape: [3, 2] } }).y!.data]).toEqual([3, 4, 5, 6, 1, 2]);
  });
});

describe('decomposition', () => {
  it('replaces the composites that a runtime does not fuse, nested ones too', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['n', 4]);
    graph.output('y', mul(silu(rmsNorm(x, graph.weight('w', [4]), { eps: 1e-6 })), 2));
    const names = (fuses: string[]) =>
      decomposeGraph(graph, value => fuses.includes(value.op))
        .reachable()
        .map(value => value.op);
    expect(names(['silu'])).toContain('silu');
    expect(names(['silu'])).not.toContain('rmsNorm');
    expect(names([])).toContain('sigmoid');
  });
});

describe('a bound weight', () => {
  it('is the value in its place, of the shape that is asked for', () => {
    const graph = new Graph();
    const flat = graph.input('parameters', 'float32', [6]);
    graph.bind('w', reshape(flat, { shape: [2, 3] }));
    expect(graph.weight('w', [2, 3]).op).toBe('reshape');
    expect(() => graph.weight('w', [3, 2])).toThrow('The weight "w" is already there');
    expect(() => graph.bind('w', flat)).toThrow('The weight "w" is in use already');
  });
});
