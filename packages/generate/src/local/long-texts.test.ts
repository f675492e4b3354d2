import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFixture, tinyModel } from './fixture-model.fixture.js';

interface LongTexts {
  rows: { ids: number[]; logprobs: number[] }[];
  greedy: { prompt: string; ids: number[] }[];
}

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
});
afterAll(() => runtime.dispose());

describe.each(['llama-dynamic', 'phi3-longrope'] as const)(
  '%s, whose frequencies change beyond 256 tokens',
  name => {
    const { rows, greedy } = readFixture<LongTexts>(`long/${name}/numbers.json`);

    test.each([
      ['all at once', {}],
      ['one after the other, in pieces', { max_sequences: 1, max_prefill_tokens: 50 }],
      ['in two rows', { max_sequences: 2, max_prefill_tokens: 100 }],
    ])('writes what transformers writes across that length and beyond it, %s', async (_, options) => {
      const model = await tinyModel(runtime, name, options);
      const completions = await Promise.all(
        greedy.map(({ prompt }) => model.generate({ prompt, temperature: 0, max_new_tokens: 64 })),
      );
      completions.forEach(({ ids, usage }, i) => {
        expect(ids).toEqual(greedy[i]!.ids);
        expect(usage.completion_tokens).toBe(64);
      });
      await model.dispose();
    });

    test('scores long texts as transformers does, alone and as continuations of one prompt', async () => {
      const model = await tinyModel(runtime, name, { max_prefill_tokens: 64 });
      for (const { ids, logprobs } of rows) {
        const scored = await model.scoreIds(ids);
        expect(Math.max(...logprobs.map((logp, i) => Math.abs(logp - scored[i]!)))).toBeLessThan(1e-4);
      }
      const { prompt } = greedy[1]!;
      const continuations = [' and', ' and then they went home before it was dark'];
      const together = await model.score({ prompt, continuations });
      // The first stands at the limit, the second goes on: neither changes the other.
      for (const [i, continuation] of continuations.entries()) {
        const [alone] = await model.score({ prompt, continuations: [continuation] });
        expect(together[i]).toBeCloseTo(alone!, 4);
      }
      await model.dispose();
    });

    test('a prompt within the length and one beyond it that begin alike do not share what they compute', async () => {
      const model = await tinyModel(runtime, name);
      const prompts = [greedy[0]!, greedy[2]!, greedy[0]!];
      // Both times the others are known by then.
      for (let round = 0; round < 2; round++) {
        const completions = await Promise.all(
          prompts.map(({ prompt }) => model.generate({ prompt, temperature: 0, max_new_tokens: 20 })),
        );
        expect(completions.map(({ ids }) => ids)).toEqual(prompts.map(({ ids }) => ids.slice(0, 20)));
      }
      await model.dispose();
    });
  },
);
