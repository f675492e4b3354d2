import { createOnnxRuntime } from '@charter/runtime-onnx';
import { Graph, mul, scalar, sub, sum } from '@charter/tensor';
import { evaluate } from '@charter/tensor/testing';
import { describe, expect, it } from 'vitest';
import { trainInMemory } from '../loop/train-loop.js';
import { parseOptions, trainingOptionsSchema } from '../training-options.js';
import { FlatParameters } from './flat-parameters.js';

const parameters = [
  { name: 'a', shape: [2, 3] },
  { name: 'b', shape: [4] },
  { name: 'c', shape: [20] },
  { name: 'd', shape: [1] },
];

describe('FlatParameters', () => {
  it('cuts its array between parameters, into pieces that are no larger than they must be', () => {
    const flat = new FlatParameters(parameters, 10);
    expect(flat.pieces).toEqual([
      { start: 0, end: 10 },
      { start: 10, end: 30 },
      { start: 30, end: 31 },
    ]);
    expect([0, 1, 2].map(piece => flat.parametersOf(piece))).toEqual([[0, 1], [2], [3]]);
    const values = Float32Array.from({ length: flat.size }, (_, i) => i);
    expect(flat.join(flat.split(values))).toEqual(values);
  });

  it('binds each parameter to its place in a piece', () => {
    const graph = new Graph();
    const flat = new FlatParameters(parameters, 10);
    const { inputs, trained } = flat.bind(graph);
    expect(inputs.map(({ shape }) => shape)).toEqual([[10], [20], [1]]);
    expect([...graph.inputs.keys()]).toEqual(['parameters.0', 'parameters.1', 'parameters.2']);
    expect(trained.map(({ shape }) => shape)).toEqual(parameters.map(({ shape }) => shape));
    expect(graph.weight('b', [4])).toBe(trained[1]);
    const values = Float32Array.from({ length: flat.size }, (_, i) => i);
    for (const [i, { name }] of parameters.entries()) graph.output(name, trained[i]!);
    const feeds = Object.fromEntries(
      flat
        .split(values)
        .map((piece, i) => [
          `parameters.${i}`,
          { data: Float64Array.from(piece), shape: [piece.length] as number[] },
        ]),
    );
    const bound = evaluate(graph, feeds);
    for (const [name, { shape, data }] of flat.unpack(values)) {
      expect(bound[name]).toEqual({ shape, data: Float64Array.from(data) });
    }
  });

  it('trains every piece of a long array', async () => {
    const size = 600_000;
    const runtime = await createOnnxRuntime();
    const { parameters: trained } = await trainInMemory({
      runtime,
      weights: new Map(),
      parameters: [
        { name: 'up', shape: [size] },
        { name: 'down', shape: [size] },
      ],
      initial: new Map([
        ['up', new Float32Array(size)],
        ['down', new Float32Array(size).fill(1)],
      ]),
      task: {
        // A gradient of one sign: Adam takes a whole step each time, whatever the norm.
        build(graph) {
          const total = (name: string) => sum(graph.weight(name, [size]), { axes: [0] });
          const by = graph.input('by', 'float32', []);
          return { loss: mul(sub(total('down'), total('up')), by), outputs: {} };
        },
        batch: () => ({
          microbatches: [{ by: scalar(1) }],
          tokens: 1,
          metrics: () => ({}),
        }),
        fingerprint: String,
      },
      examples: [1],
      options: parseOptions(trainingOptionsSchema, {
        max_steps: 2,
        learning_rate: 0.25,
        lr_scheduler_type: 'constant',
      }),
    });
    const [up, down] = ['up', 'down'].map(name => trained.get(name)!.data);
    for (const i of [0, 1, size - 1]) {
      expect(up![i]).toBeCloseTo(0.5, 4);
      expect(down![i]).toBeCloseTo(0.5, 4);
    }
    await runtime.dispose();
  });
});
