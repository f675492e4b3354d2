import { quantizeModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openModel, readFixture, tinyModel } from './fixture-model.fixture.js';

interface ScoreRows {
  rows: { ids: number[]; logprobs: number[] }[];
}

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
});
afterAll(() => runtime.dispose());

/** Relative distance of numbers from others. */
const distance = (a: readonly number[], b: readonly number[]) =>
  Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0) / b.reduce((sum, x) => sum + x ** 2, 0));

describe.each([
  ['llama', undefined, 'scores/llama.json'],
  ['qwen2', 'qwen2-all-linear', 'adapters/qwen2-all-linear/scores.json'],
] as const)('%s, adapter %s', (name, adapterName, scores) => {
  const { rows } = readFixture<ScoreRows>(scores);
  const differences = async (quantize: '4bit' | '8bit') => {
    const pretrained = await quantizeModel(await openModel(name), quantize);
    const model = await tinyModel(runtime, name, { model: pretrained, adapterName });
    const means: number[] = [];
    for (const { ids, logprobs } of rows) means.push(distance(await model.scoreIds(ids), logprobs));
    await model.dispose();
    return means.reduce((a, b) => a + b) / means.length;
  };

  test('has the log-probabilities of transformers to two percent in 8 bits, and to ten in 4', async () => {
    const [eight, four] = [await differences('8bit'), await differences('4bit')];
    expect(eight).toBeGreaterThan(0);
    expect(eight).toBeLessThan(0.02);
    expect(four).toBeGreaterThan(eight);
    expect(four).toBeLessThan(0.1);
  });
});

test('4 bits take half a byte and a share of a scale; embeddings and norms stay as they are', async () => {
  const { quantized, weights } = await quantizeModel(await openModel('llama'), '4bit');
  const matrix = quantized.get('model.layers.0.mlp.up_proj.weight')!;
  if (!('block' in matrix) || !('data' in matrix.values) || !('data' in matrix.scales))
    throw new Error('whole');
  const [out, in_] = matrix.shape;
  expect(matrix.values.data.byteLength).toBe((out * in_) / 2);
  expect(matrix.scales.data.byteLength).toBe((out * in_ * 4) / matrix.block);
  for (const name of ['model.embed_tokens.weight', 'model.norm.weight'])
    expect(quantized.get(name)).toBe(weights.get(name));
  expect(quantized.get('lm_head.weight')).toMatchObject({ dtype: 'uint8' });
});

test('texts written in 4 bits are the same alone and among others', async () => {
  const pretrained = await quantizeModel(await openModel('mistral'), '4bit');
  const model = await tinyModel(runtime, 'mistral', { model: pretrained });
  const requests = ['boats', 'The river bends', 'the tide'].map((prompt, seed) => ({
    prompt,
    seed,
    max_new_tokens: 12,
  }));
  const together = await Promise.all(requests.map(request => model.generate(request)));
  for (const [i, request] of requests.entries()) expect(await model.generate(request)).toEqual(together[i]);
  await model.dispose();
});
