import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyModel } from './fixture-model.fixture.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
});
afterAll(() => runtime.dispose());

// top_logprobs takes all logits of every step; the tiny model has 384 tokens.
test.each([
  { temperature: 0 },
  { top_k: 10 },
  { top_k: 63, temperature: 3 },
  { top_p: 0.3, temperature: 0.2 },
  { top_p: 0.999, temperature: 4 },
  { min_p: 0.9 },
  { min_p: 0.001, temperature: 4 },
  {},
])('with %j a text is the same, whether the k largest logits leave the graph or all do', async options => {
  const model = await tinyModel(runtime, 'llama', { max_sequences: 3 });
  const texts = (more: object) =>
    Promise.all(
      ['boats', 'The river bends', 'the tide'].map(async (prompt, seed) => {
        const { ids } = await model.generate({ prompt, seed, max_new_tokens: 24, ...options, ...more });
        return ids;
      }),
    );
  expect(await texts({})).toEqual(await texts({ top_logprobs: 0 }));
  await model.dispose();
});
