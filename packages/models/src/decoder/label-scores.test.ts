import { createOnnxRuntime } from '@charter/runtime-onnx';
import {
  float32,
  Graph,
  gradients,
  int32,
  mul,
  type Operand,
  type Runtime,
  type StoredTensor,
  sum,
  type Tensor,
} from '@charter/tensor';
import { pseudoRandom } from '@charter/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../config/model-config.js';
import { fixtureModels, openFixture } from '../testing/fixture-model.js';
import { type LabelScoreOptions, labelScores } from './label-scores.js';
import { plainLinear } from './module.js';

const random = pseudoRandom(7);
const tokens = 9;
const labels = [5, 0, 383, 100, 99, 200, 101];
const upstream = labels.map((_, i) => (i % 2 ? -0.7 : 0.3) * (i + 1));

interface Model {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

/** Every score, and the gradient of Σ upstream · logps by the hidden states. */
const score = async (
  runtime: Runtime,
  { config, weights }: Model,
  hidden: Tensor,
  options: LabelScoreOptions,
) => {
  const graph = new Graph();
  const h = graph.input('hidden', 'float32', ['tokens', config.hidden_size]);
  const [labelIndex, ids] = ['label_index', 'labels'].map(name => graph.input(name, 'int32', ['labels']));
  const scores = labelScores(graph, config, h, { labelIndex: labelIndex!, labels: ids! }, options);
  for (const [name, value] of Object.entries(scores)) graph.output(name, value);
  const weighted = mul(scores.logps, graph.input('upstream', 'float32', ['labels']) as Operand);
  graph.output('slope', gradients(sum(weighted, { axes: [0] }), [h])[0]!);
  const program = await runtime.compile(graph, { weights });
  const found = await program.run({
    hidden,
    label_index: int32(labels.map((_, i) => (i * 4) % tokens)),
    labels: int32(labels),
    upstream: float32(upstream),
  });
  await program.dispose();
  return found;
};

describe.each(fixtureModels.filter(name => name === 'llama' || name === 'gemma3'))(
  'the labels of %s',
  name => {
    let runtime: Runtime;
    beforeAll(async () => {
      runtime = await createOnnxRuntime();
    });
    afterAll(() => runtime.dispose());

    it('have the scores and the gradient of whole logits, however many parts the vocabulary is cut into', async () => {
      const model = await openFixture(name);
      const { hidden_size } = model.config;
      const hidden = float32(
        Float32Array.from({ length: tokens * hidden_size }, () => 3 * random()),
        [tokens, hidden_size],
      );
      // A projection that is not the plain one is taken whole.
      const whole = await score(runtime, model, hidden, {
        linear: (x, layer) => mul(plainLinear(x, layer), 1.000000001),
      });
      for (const chunk of [8192, 100, 7]) {
        const inParts = await score(runtime, model, hidden, { chunk });
        for (const [key, { data }] of Object.entries(whole)) {
          const scale = Math.max(1, ...Array.from(data, Math.abs));
          data.forEach((value, i) => {
            expect(Math.abs(inParts[key]!.data[i]! - value) / scale, `${key} ${i}`).toBeLessThan(1e-5);
          });
        }
      }
    });
  },
);
