import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '@charter/checkpoint';
import {
  adaptableModules,
  decoder,
  labelScores,
  type ModelConfig,
  packedInputs,
  packTexts,
  parseModelConfig,
} from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { Graph, gradients, int32, mean, neg, type Runtime, type StoredTensor } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadedAdapter, loadAdapter } from './files/load-adapter.js';
import { loraLinear } from './linear/lora-linear.js';
import { mergeAdapter } from './merge/merge-adapter.js';
import { fixture, readJson } from './testing/fixtures.js';

let runtime: Runtime;
let out: string;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
  out = await mkdtemp(join(tmpdir(), 'merged-'));
});
afterAll(async () => {
  await runtime?.dispose();
  await rm(out, { recursive: true });
});

interface Model {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

const openModel = async (folder: string): Promise<Model> => {
  const { config, weights } = await openCheckpoint(folder);
  return { config: parseModelConfig(config), weights };
};

/** Log-probability of each token after the first, of all texts, one text a row. */
const logps = async (
  { config, weights }: Model,
  texts: readonly (readonly number[])[],
  adapter?: LoadedAdapter,
): Promise<Float32Array> => {
  const { graph, feeds } = forward(config, texts, adapter);
  const program = await runtime.compile(graph, { weights: withAdapter(weights, adapter) });
  const { logps } = await program.run(feeds);
  await program.dispose();
  return logps!.data as Float32Array;
};

const withAdapter = (weights: Model['weights'], adapter?: LoadedAdapter): Map<string, StoredTensor> => {
  const all = new Map(weights);
  for (const [name, { shape, data }] of adapter?.tensors ?? [])
    all.set(name, { dtype: 'float32', shape, data: new Uint8Array(data.buffer) });
  return all;
};

/** The graph of these log-probabilities, output `logps`, and what it is fed. */
const forward = (config: ModelConfig, texts: readonly (readonly number[])[], adapter?: LoadedAdapter) => {
  const graph = new Graph();
  const linear =
    adapter && loraLinear(adapter.targets, { parameter: (name, shape) => graph.weight(name, shape) });
  const hidden = decoder(graph, config, packedInputs(graph, config), { linear });
  const labelIndex = graph.input('label_index', 'int32', ['labels']);
  const labels = graph.input('labels', 'int32', ['labels']);
  const { logps } = labelScores(graph, config, hidden, { labelIndex, labels }, { linear });
  graph.output('logps', logps);
  const { feeds: placed, paths } = packTexts(
    texts.map(ids => ({ ids })),
    { config },
  );
  const feeds = {
    ...placed,
    label_index: int32(paths.flatMap(path => path.slice(0, -1))),
    labels: int32(texts.flatMap(text => text.slice(1))),
  };
  return { graph, logps, feeds };
};

const largestDifference = (a: Float32Array, b: readonly number[]) => {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
};

const names = [
  'llama-all-linear',
  'llama-rslora-patterns',
  'qwen2-all-linear',
  'qwen2-rslora-patterns',
  'gemma3-all-linear',
  'phi3-all-linear',
  'llama-dora',
  'llama-biased-dora-patterns',
  'llama-saved',
  'llama-saved-head',
  'qwen3-saved-embeddings',
  'qwen2-saved-embeddings',
  'mistral-chosen-layers',
  'llama-head',
  'llama-saved-layers',
  'qwen3-saved-norms',
  'gemma3-saved-mlp',
];

describe.each(names)('log-probabilities under %s are those of PEFT', name => {
  const load = async () => {
    const scores = await readJson(fixture(`adapters/${name}/scores.json`));
    const rows: { ids: number[]; logprobs: number[] }[] = scores.rows;
    const base = fixture(scores.model);
    return {
      base,
      model: await openModel(base),
      texts: rows.map(({ ids }) => ids),
      expected: rows.flatMap(({ logprobs }) => logprobs),
    };
  };

  it('with the adapter beside the weights', async () => {
    const { model, texts, expected } = await load();
    const adapter = await loadAdapter(fixture(`adapters/${name}`), adaptableModules(model.config));
    expect(largestDifference(await logps(model, texts, adapter), expected)).toBeLessThan(1e-4);
    // The adapter is what makes them so.
    expect(largestDifference(await logps(model, texts), expected)).toBeGreaterThan(0.5);
  });

  it('merged', async () => {
    const { base, texts, expected } = await load();
    const folder = join(out, name);
    await mergeAdapter({ model: base, adapter: fixture(`adapters/${name}`), out: folder });
    expect(largestDifference(await logps(await openModel(folder), texts), expected)).toBeLessThan(1e-4);
  });
});

interface Gradient {
  /** PEFT's name of a tensor. */
  readonly name: string;
  readonly norm: number;
  /** The first four elements. */
  readonly first: readonly number[];
}

describe.each(names.slice(4))('gradients under %s are those of PEFT', name => {
  it('for every tensor of the adapter', async () => {
    const scores = await readJson(fixture(`adapters/${name}/scores.json`));
    const { config, weights } = await openModel(fixture(scores.model));
    const adapter = await loadAdapter(fixture(`adapters/${name}`), adaptableModules(config));
    const expected: Gradient[] = scores.gradients;
    expect(new Set(expected.map(gradient => gradient.name))).toEqual(new Set(adapter.tensors.keys()));

    const { graph, logps: values, feeds } = forward(config, [scores.rows[0].ids], adapter);
    const parameters = [...adapter.tensors].map(([key, { shape }]) => graph.weight(key, [...shape]));
    for (const [i, gradient] of gradients(neg(mean(values, { axes: [0] })), parameters).entries())
      graph.output(`gradient.${[...adapter.tensors.keys()][i]}`, gradient!);
    const program = await runtime.compile(graph, { weights: withAdapter(weights, adapter) });
    const found = await program.run(feeds);
    await program.dispose();
    for (const { name: key, norm, first } of expected) {
      const data = found[`gradient.${key}`]!.data as Float32Array;
      expect(Math.abs(Math.hypot(...data) / norm - 1), key).toBeLessThan(1e-4);
      expect(largestDifference(data.slice(0, 4), first) / norm, key).toBeLessThan(1e-4);
    }
  });
});
