import type { GenerateRequest } from '@charter/core';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { DeviceTensor, Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyModel } from './fixture-model.fixture.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
});
afterAll(() => runtime.dispose());

/** The same engine, which counts the tokens that it computes and the tensors that it holds. */
const watched = () => {
  const held = new Set<DeviceTensor>();
  const seen = { tokens: 0, held };
  const engine: Runtime = {
    ...runtime,
    async allocateZeros(shape) {
      const placed = await runtime.allocateZeros(shape);
      held.add(placed);
      const { dispose } = placed;
      placed.dispose = () => {
        held.delete(placed);
        return dispose.call(placed);
      };
      return placed;
    },
    async compile(...given) {
      const program = await runtime.compile(...given);
      return {
        dispose: () => program.dispose(),
        run(feeds, into) {
          seen.tokens += feeds.input_ids?.shape.reduce((a, b) => a * b) ?? 0;
          return program.run(feeds, into);
        },
      };
    },
  };
  return { engine, seen };
};

const examples = (bird: string) =>
  `The boats wait there until the tide has turned. Which bird is it? It is the ${bird}. `.repeat(4);
const questions = 'stone bridge,old river,tide,boats that wait,it,the,bend'.split(',');
const requests = (bird: string): GenerateRequest[] =>
  questions.map((question, n) => ({
    prompt: `${examples(bird)}${question}?`,
    seed: n,
    max_new_tokens: 6 + n,
    temperature: n % 2,
  }));

describe.each(['llama', 'mistral', 'qwen3'] as const)('%s', name => {
  test.each([
    ['all at once', {}],
    ['in two rows, prompts in pieces', { max_sequences: 2, max_prefill_tokens: 30 }],
  ])('prompts that begin alike have the same texts as without sharing, %s', async (_, options) => {
    const texts = async (prefixCacheTokens: number) => {
      const { engine, seen } = watched();
      const model = await tinyModel(engine, name, { ...options, prefix_cache_tokens: prefixCacheTokens });
      const completions = await Promise.all(requests('kiwi').map(request => model.generate(request)));
      await model.dispose();
      expect(seen.held.size).toBe(0);
      return { completions, tokens: seen.tokens };
    };
    const [shared, whole] = [await texts(1000), await texts(0)];
    expect(shared.completions).toEqual(whole.completions);
    // Six of seven beginnings of at least 64 tokens are not computed.
    expect(whole.tokens - shared.tokens).toBeGreaterThan(6 * 64);
  });

  test('so have the scores of continuations, whose prompts come one after the other', async () => {
    const ask = async (prefixCacheTokens: number) => {
      const { engine, seen } = watched();
      const model = await tinyModel(engine, name, { prefix_cache_tokens: prefixCacheTokens });
      const scores: number[] = [];
      for (const question of questions) {
        const prompt = `${examples('kiwi')}${question}? Answer:`;
        scores.push(...(await model.score({ prompt, continuations: [' (A)', ' (B) it is', ' (A)'] })));
      }
      await model.dispose();
      expect(seen.held.size).toBe(0);
      return { scores, tokens: seen.tokens };
    };
    const [shared, whole] = [await ask(1000), await ask(0)];
    shared.scores.forEach((score, i) => {
      expect(score).toBeCloseTo(whole.scores[i]!, 4);
    });
    // The first prompt knows of no other, the second one computes the prefix.
    expect(whole.tokens - shared.tokens).toBeGreaterThan(5 * 64);
  });
});

test('many beginnings at once: the same texts, and no more positions than allowed', async () => {
  const birds = ['kiwi', 'ostrich', 'rhea', 'emu', 'owl', 'crow'];
  // In turn, so that every decode batch has rows at the same time.
  const mixed = questions.flatMap((_, n) => birds.map(bird => requests(bird)[n]!));
  const whole = await tinyModel(runtime, 'llama', { prefix_cache_tokens: 0 });
  const expected = await Promise.all(mixed.map(request => whole.generate(request)));
  await whole.dispose();
  for (const prefixCacheTokens of [1000, 250]) {
    const { engine, seen } = watched();
    const model = await tinyModel(engine, 'llama', { prefix_cache_tokens: prefixCacheTokens });
    expect(await Promise.all(mixed.map(request => model.generate(request)))).toEqual(expected);
    // Once the last row is given back, what is left is prefixes, each with two tensors in two layers, and one entry
    // that stands in for none.
    await expect
      .poll(() => [...seen.held].reduce((n, { shape }) => n + shape[2]!, 0) / 4 - 1)
      .toBeLessThanOrEqual(prefixCacheTokens);
    expect(seen.held.size).toBeGreaterThan(4);
    await model.dispose();
  }
});

test('a beginning that fails to be computed is tried anew', async () => {
  let broken = true;
  const fragile: Runtime = {
    ...runtime,
    async compile(...given) {
      const program = await runtime.compile(...given);
      return {
        dispose: () => program.dispose(),
        run: (...run) => (broken ? Promise.reject(new Error('out of memory')) : program.run(...run)),
      };
    },
  };
  const model = await tinyModel(fragile, 'llama');
  const failed = await Promise.allSettled(requests('kiwi').map(request => model.generate(request)));
  for (const result of failed) expect(result).toMatchObject({ reason: { message: 'out of memory' } });
  broken = false;
  const whole = await tinyModel(runtime, 'llama', { prefix_cache_tokens: 0 });
  const request = requests('kiwi')[3]!;
  expect(await model.generate(request)).toEqual(await whole.generate(request));
  await whole.dispose();
  await model.dispose();
});
