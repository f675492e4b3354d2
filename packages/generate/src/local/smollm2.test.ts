import { pull } from '@charter/checkpoint';
import type { Message } from '@charter/core';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openModel, readFixture } from './fixture-model.fixture.js';
import { type LocalModel, localModel } from './local-model.js';

const folder = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct', { offline: true }).catch(
  () => undefined,
);
const absent = '(skipped: not in the cache; `charter pull smollm2-135m-instruct` puts it there)';

describe.skipIf(!folder)(`SmolLM2-135M-Instruct ${folder ? '' : absent}`, () => {
  let runtime: Runtime;
  let model: LocalModel;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
    model = localModel({ runtime, model: await openModel(folder!) });
  });
  afterAll(async () => {
    await model?.dispose();
    await runtime?.dispose();
  });

  test('writes the greedy texts of transformers', { timeout: 120_000 }, async () => {
    const { rows } = readFixture<{ rows: { messages: Message[]; ids: number[]; text: string }[] }>(
      'smollm2/greedy.json',
    );
    const completions = await Promise.all(
      rows.map(({ messages }) => model.generate({ prompt: messages, temperature: 0, max_new_tokens: 64 })),
    );
    expect(completions.map(({ ids, text }) => ({ ids, text }))).toEqual(
      rows.map(({ ids, text }) => ({ ids, text })),
    );
  });

  test('gives the log-probabilities of transformers, to 1e-3 a token', { timeout: 120_000 }, async () => {
    const { rows } = readFixture<{ rows: { ids: number[]; logprobs: number[] }[] }>('smollm2/scores.json');
    for (const { ids, logprobs } of rows) {
      const actual = await model.scoreIds(ids);
      expect(actual).toHaveLength(logprobs.length);
      const worst = Math.max(...logprobs.map((x, i) => Math.abs(x - actual[i]!)));
      expect(worst).toBeLessThan(1e-3);
    }
  });
});
