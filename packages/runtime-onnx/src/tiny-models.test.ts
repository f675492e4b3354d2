import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openCheckpoint, readTensor } from '@charter/checkpoint';
import { loraConfigSchema, loraLinear, loraParameters, loraTargets } from '@charter/lora';
import {
  decoder,
  type LinearLayer,
  labelScores,
  linearModules,
  type ModelConfig,
  packedInputs,
  packTexts,
  parseModelConfig,
} from '@charter/models';
import {
  float32,
  Graph,
  gradients,
  int32,
  mean,
  neg,
  type Runtime,
  type StoredTensor,
  type Tensor,
  type Value,
} from '@charter/tensor';
import { evaluate, pseudoRandom, toArray64 } from '@charter/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxRuntime } from './create-onnx-runtime.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

interface Scores {
  readonly model: string;
  readonly rows: readonly { readonly ids: readonly number[]; readonly logprobs: readonly number[] }[];
}

const openModel = async (name: string) => {
  const { config, weights, folder } = await openCheckpoint(`${fixtures}models/${name}`);
  return { config: parseModelConfig(config, folder), weights };
};

/** Log-probabilities of the labels of packed texts. */
const packedLogps = (graph: Graph, config: ModelConfig, linear?: LinearLayer): Value => {
  const hidden = decoder(graph, config, packedInputs(graph, config), { linear });
  const labels = graph.input('labels', 'int32', ['labels']);
  const labelIndex = graph.input('label_index', 'int32', ['labels']);
  return labelScores(graph, config, hidden, { labels, labelIndex }, { linear }).logps;
};

/** All texts packed, every token but the first of each a label. */
const packed = (texts: readonly (readonly number[])[]): Record<string, Tensor> => {
  const { feeds, paths } = packTexts(texts.map(ids => ({ ids })));
  return {
    ...feeds,
    labels: int32(texts.flatMap(ids => ids.slice(1))),
    label_index: int32(paths.flatMap(path => path.slice(0, -1))),
  };
};

describe('a tiny model with random weights', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  for (const name of ['llama', 'llama-untied-rope3', 'mistral', 'qwen2', 'qwen3']) {
    it(`${name} gives the log-probabilities of transformers, alone and packed`, async () => {
      const { config, weights } = await openModel(name);
      const { rows } = JSON.parse(readFileSync(`${fixtures}scores/${name}.json`, 'utf8')) as Scores;
      const graph = new Graph();
      graph.output('logps', packedLogps(graph, config));
      const program = await runtime.compile(graph, { weights });
      const batches = [...rows.map(row => [row]), rows];
      for (const batch of batches) {
        const { logps } = await program.run(packed(batch.map(row => row.ids)));
        const expected = batch.flatMap(row => row.logprobs);
        const worst = Math.max(...expected.map((x, i) => Math.abs(x - logps!.data[i]!)));
        expect(logps!.data.length).toBe(expected.length);
        expect(worst).toBeLessThan(1e-4);
      }
      await program.dispose();
    });
  }

  it('has the LoRA gradients of a float64 evaluation', async () => {
    const { config, weights } = await openModel('llama');
    const modules = linearModules(config);
    const lora = loraConfigSchema.parse({ r: 4, lora_alpha: 6, target_modules: 'all-linear' });
    const targets = loraTargets(lora, modules, config.model_type);
    const graph = new Graph();
    const parameters: Value[] = [];
    const names: string[] = [];
    const linear = loraLinear(targets, {
      parameter: (name, shape) => {
        names.push(name);
        parameters.push(graph.input(name, 'float32', shape));
        return parameters.at(-1)!;
      },
    });
    const loss = neg(mean(packedLogps(graph, config, linear), { axes: [0] }));
    graph.output('loss', loss);
    for (const [i, g] of gradients(loss, parameters).entries()) {
      graph.output(`gradient of ${names[i]}`, g!);
    }

    const random = pseudoRandom(3);
    const feeds = {
      ...packed([
        [5, 80, 9, 200, 31, 7],
        [44, 3, 90],
      ]),
      ...Object.fromEntries(
        loraParameters(targets).map(({ name, shape }) => [
          name,
          float32(
            Array.from({ length: shape[0]! * shape[1]! }, () => random() * 0.1),
            shape,
          ),
        ]),
      ),
    };
    const program = await runtime.compile(graph, { weights });
    const actual = await program.run(feeds);
    const expected = evaluate(
      graph,
      Object.fromEntries(Object.entries(feeds).map(([key, tensor]) => [key, toArray64(tensor)])),
      await widened(graph, weights),
    );
    expect(Object.keys(actual).length).toBe(1 + 2 * 2 * 7);
    for (const [name, { data }] of Object.entries(expected)) {
      const scale = Math.max(...data.map(Math.abs));
      expect(scale, `${name} is not zero`).toBeGreaterThan(1e-6);
      const worst = Math.max(...data.map((x, i) => Math.abs(x - actual[name]!.data[i]!)));
      expect(worst / scale, name).toBeLessThan(2e-5);
    }
    await program.dispose();
  });
});

const widened = async (graph: Graph, weights: ReadonlyMap<string, StoredTensor>) =>
  Object.fromEntries(
    await Promise.all(
      [...graph.weights].map(
        async ([name, { shape }]) =>
          [name, toArray64(float32(await readTensor(weights.get(name)!), shape as number[]))] as const,
      ),
    ),
  );
