import { join } from 'node:path';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import {
  add,
  concat,
  float32,
  Graph,
  gradients,
  int32,
  mul,
  neg,
  type Program,
  type Runtime,
  reshape,
  slice,
  sum,
  type Tensor,
} from '@charter/tensor';
import { pseudoRandom } from '@charter/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropoutSeed } from '../loop/train-programs.js';
import { startLora } from '../lora/start-lora.js';
import { FlatParameters } from '../optimizer/flat-parameters.js';
import { packBatch, type TokenTree } from '../packing/packed-batch.js';
import { packedForward } from '../packing/packed-forward.js';
import { compileCheckpointed, compileLayers } from './checkpointed-program.js';
import { layerBoundaries } from './layer-boundaries.js';

const models = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma3', 'phi3', 'phi3-longrope', 'llama-dynamic'];

const random = pseudoRandom(7);
const text = (length: number) => Array.from({ length }, () => Math.floor((random() + 1) * 180) + 3);
const branch = (length: number) => ({ ids: text(length), lossMask: Array.from({ length }, () => true) });
// A pair that shares its prompt, and a text, in rows that hold both.
const trees: TokenTree[] = [
  { prefix: text(9), branches: [branch(6), branch(8)] },
  { prefix: [], branches: [branch(11)] },
];

const setUp = async (name: string, lora: object = {}) => {
  const model = await loadModel(join('fixtures', 'models', name));
  const training = await startLora(model, { lora: { r: 4, ...lora }, seed: 1, dropout: true });
  // In pieces of which each holds something of several layers.
  const flat = new FlatParameters(training.parameters, 4000);
  const values = flat.pack(training.initial).map(value => value + 0.05 * random());
  /** Log-probabilities weighted one by one, so that no two labels have the same gradient. */
  const build = () => {
    const graph = new Graph();
    const { inputs: parameters, trained } = flat.bind(graph);
    const { logps } = packedForward(graph, model.config, {
      linear: training.linear(graph, 'train'),
      maxPositions: 64,
    });
    const weights = graph.input('label_weights', 'float32', ['labels']);
    const loss = neg(sum(mul(logps, weights), { axes: [0] }));
    graph.output('loss', loss);
    graph.output('logps', logps);
    return { graph, parameters, trained, loss };
  };
  const { feeds, ranges } = packBatch(trees, { packing: true, config: model.config });
  const labels = ranges.at(-1)!.end;
  const whole = build();
  return {
    weights: model.weights,
    build,
    feeds: {
      ...feeds,
      ...inPieces('parameters', flat, values),
      label_weights: float32(Float32Array.from({ length: labels }, () => random())),
      ...(whole.graph.inputs.has(dropoutSeed) && { [dropoutSeed]: int32([5], []) }),
    },
    flat,
    gradientsSoFar: (value: number) =>
      inPieces('accumulated_gradients', flat, new Float32Array(flat.size).fill(value)),
  };
};

const inPieces = (name: string, flat: FlatParameters, values: Float32Array) =>
  Object.fromEntries(flat.split(values).map((piece, i) => [`${name}.${i}`, float32(piece)]));

const wholeProgram = async (
  runtime: Runtime,
  { build, weights, flat }: Awaited<ReturnType<typeof setUp>>,
): Promise<Program> => {
  const { graph, loss, trained } = build();
  const parts = gradients(loss, trained).map((value, i) => {
    const length = trained[i]!.shape.reduce<number>((n, d) => n * (d as number), 1);
    return value ? reshape(value, { shape: [length] }) : graph.constant(float32(new Float32Array(length)));
  });
  const whole = concat(parts, { axis: 0 });
  for (const [i, { start, end }] of flat.pieces.entries()) {
    const accumulated = graph.input(`accumulated_gradients.${i}`, 'float32', [end - start]);
    graph.output(`gradients.${i}`, add(accumulated, slice(whole, { axis: 0, start, end })));
  }
  return runtime.compile(graph, { weights });
};

/** Largest difference, as a share of the largest number. */
const difference = (actual: Tensor | undefined, expected: Tensor | undefined): number => {
  const [found, wanted] = [actual, expected].map(tensor => [...(tensor!.data as Float32Array)]);
  const scale = Math.max(...wanted!.map(Math.abs));
  expect(scale).toBeGreaterThan(1e-3);
  return Math.max(...wanted!.map((x, i) => Math.abs(x - found![i]!))) / scale;
};

describe('training layer by layer', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  it.each(models)('gives the loss and the gradients of the whole graph: %s', async name => {
    const model = await setUp(name);
    const whole = await wholeProgram(runtime, model);
    const layered = await compileCheckpointed(runtime, model.build(), { weights: model.weights });
    const feeds = { ...model.feeds, ...model.gradientsSoFar(0.25) };
    const [expected, actual] = [await whole.run(feeds), await layered.run(feeds)];
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
    for (const output of Object.keys(expected)) {
      expect(difference(actual[output], expected[output])).toBeLessThan(1e-5);
    }
    const forward = await compileLayers(runtime, model.build(), { weights: model.weights });
    expect(difference((await forward.run(model.feeds)).logps, expected.logps)).toBeLessThan(1e-5);
    await Promise.all([whole, layered, forward].map(program => program.dispose()));
  });

  it.each([
    ['dropout, which is the same when a layer is computed again', { lora_dropout: 0.3 }],
    [
      'an adapter on the upper layer only',
      { target_modules: ['q_proj', 'down_proj'], layers_to_transform: [1] },
    ],
    [
      'an adapter on the lower layer only',
      { target_modules: ['q_proj', 'down_proj'], layers_to_transform: [0] },
    ],
    ['DoRA', { use_dora: true }],
    ['embeddings that are trained whole, tied to the head', { modules_to_save: ['embed_tokens'] }],
  ])('so it does with %s', async (_, lora) => {
    const model = await setUp('llama', lora);
    const whole = await wholeProgram(runtime, model);
    const layered = await compileCheckpointed(runtime, model.build(), { weights: model.weights });
    const feeds = { ...model.feeds, ...model.gradientsSoFar(0) };
    const [expected, actual] = [await whole.run(feeds), await layered.run(feeds)];
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
    for (const output of Object.keys(expected)) {
      expect(difference(actual[output], expected[output])).toBeLessThan(1e-5);
    }
    await Promise.all([whole, layered].map(program => program.dispose()));
  });

  it('adds to gradients that are there, in place', async () => {
    const model = await setUp('llama');
    const layered = await compileCheckpointed(runtime, model.build(), { weights: model.weights });
    const placed = await Promise.all(
      Object.values(model.gradientsSoFar(0)).map(piece => runtime.upload(piece)),
    );
    const named = (name: string) => Object.fromEntries(placed.map((piece, i) => [`${name}.${i}`, piece]));
    const read = async () => Promise.all(placed.map(piece => piece.read()));
    const { loss, ...left } = await layered.run(
      { ...model.feeds, ...model.gradientsSoFar(0) },
      named('gradients'),
    );
    expect(loss!.shape).toEqual([]);
    expect(Object.keys(left)).toEqual(['logps']);
    const once = await read();
    await layered.run({ ...model.feeds, ...named('accumulated_gradients') }, named('gradients'));
    for (const [i, twice] of (await read()).entries()) {
      expect(difference(twice, float32((once[i]!.data as Float32Array).map(x => 2 * x)))).toBeLessThan(1e-5);
    }
    await layered.dispose();
  });

  it('cuts each model between its layers', async () => {
    for (const name of models) {
      const model = await setUp(name);
      const { graph } = model.build();
      const boundaries = layerBoundaries(graph);
      expect(boundaries.map(({ shape }) => shape)).toEqual(
        Array(3).fill([expect.any(String), expect.any(Number)]),
      );
    }
  });
});
