import { fileURLToPath } from 'node:url';
import { loadModel, quantizeModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalModelOptions, localModel } from './local-model.js';

const folder = fileURLToPath(new URL('../../../charter-tiny/model', import.meta.url));
const model = await loadModel(folder);
const question = [{ role: 'user' as const, content: 'How do I tighten the bolts of my step stool?' }];

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
});
afterAll(() => runtime.dispose());

const answerAndScores = async (options: Partial<LocalModelOptions>) => {
  const local = localModel({ runtime, model, ...options });
  const { text } = await local.generate({ prompt: question, temperature: 0, max_new_tokens: 48 });
  const { ids } = model.tokenizer.applyChatTemplate([...question, { role: 'assistant', content: text }]);
  const scores = await local.scoreIds(ids);
  await local.dispose();
  return { text, scores, ids };
};

test('int8 writes the answer of float32, with log-probabilities near its own, alone and in a batch', async () => {
  const exact = await answerAndScores({});
  const rounded = await answerAndScores({ matmul_precision: 'int8' });
  expect(rounded.text).toBe(exact.text);
  const differences = exact.scores.map((logprob, i) => Math.abs(logprob - rounded.scores[i]!));
  expect(differences.reduce((a, b) => a + b) / differences.length).toBeLessThan(0.05);
  const local = localModel({ runtime, model, matmul_precision: 'int8' });
  const batch = await Promise.all(
    [1, 2, 3].map(() => local.generate({ prompt: question, temperature: 0, max_new_tokens: 48 })),
  );
  await local.dispose();
  expect(batch.map(({ text }) => text)).toEqual([exact.text, exact.text, exact.text]);
});

test('quantized weights are refused', async () => {
  const local = localModel({
    runtime,
    model: await quantizeModel(model, '8bit'),
    name: 'tiny',
    matmul_precision: 'int8',
  });
  await expect(local.generate({ prompt: 'a', max_new_tokens: 1 })).rejects.toThrow(
    'The weights of tiny are quantized, but matmul_precision "int8" needs them in full precision: leave out one of the two.',
  );
  await local.dispose();
});
