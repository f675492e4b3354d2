import type { Message, TokenLogprob } from '@charter/core';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokenLogprob } from '../sampling/token-logprobs.js';
import { openModel, tinyModel } from './fixture-model.fixture.js';
import hiddenStates from './golden/hidden-states.json' with { type: 'json' };
import type { LocalModel } from './local-model.js';

const prompt: Message[] = [{ role: 'user', content: 'Which bird cannot fly?' }];

let runtime: Runtime;
let model: LocalModel;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
  model = await tinyModel(runtime, 'llama');
});
afterAll(async () => {
  await model?.dispose();
  await runtime?.dispose();
});

test('the most likely tokens come first, with log-probabilities that sum to 1 over the vocabulary', () => {
  const logits = Float32Array.from([1, 3, 2, 3]);
  const { logprob, top } = tokenLogprob(logits, 2, 4, id => ({ token: `t${id}` }));
  expect(top.map(({ token }) => token)).toEqual(['t1', 't3', 't2', 't0']);
  expect(top.reduce((total, one) => total + Math.exp(one.logprob), 0)).toBeCloseTo(1, 6);
  expect(logprob).toBe(top[2]!.logprob);
  expect(tokenLogprob(logits, 0, 0, id => ({ token: `${id}` })).top).toEqual([]);
});

describe('a local model', () => {
  test('tells the log-probability of what it wrote, as it scores the same text, whatever the sampling was', async () => {
    const options = {
      temperature: 0.7,
      repetition_penalty: 1.3,
      seed: 3,
      max_new_tokens: 12,
      top_logprobs: 3,
    };
    const { ids, logprobs } = await model.generate({ prompt, ...options });
    const { tokenizer } = await openModel('llama');
    const asked = tokenizer.applyChatTemplate(prompt, { add_generation_prompt: true }).ids;
    const scores = (await model.scoreIds([...asked, ...ids!])).slice(-12);
    expect(logprobs).toHaveLength(12);
    logprobs!.forEach(({ logprob }, i) => {
      expect(logprob).toBeCloseTo(scores[i]!, 4);
    });
    for (const { top } of logprobs!) {
      expect(top).toHaveLength(3);
      expect(top[0]!.logprob).toBeGreaterThanOrEqual(top[2]!.logprob);
    }
  });

  test('streams each log-probability once, with the text that it belongs to', async () => {
    const told: TokenLogprob[] = [];
    const { logprobs } = await model.generate({
      prompt,
      temperature: 0,
      max_new_tokens: 8,
      top_logprobs: 1,
      onToken: (_, own) => told.push(...own!),
    });
    expect(told).toEqual(logprobs);
    expect(logprobs!.every(({ logprob, top }) => logprob === top[0]!.logprob)).toBe(true);
  });

  test('gives no log-probabilities that nobody asked for', async () => {
    expect(await model.generate({ prompt, max_new_tokens: 2 })).not.toHaveProperty('logprobs');
  });

  test('gives the log-probability of each token of a prompt', async () => {
    const text = 'The kiwi cannot fly';
    const { tokenizer } = await openModel('llama');
    const told = await model.promptLogprobs(text);
    expect(told.map(({ logprob }) => logprob)).toEqual([
      null,
      ...(await model.scoreIds(tokenizer.encode(text))),
    ]);
    expect(told.map(({ token }) => token).join('')).toBe(tokenizer.decode(tokenizer.encode(text)));
  });

  test('gives the most likely tokens at each position of a prompt, the same in chunks', async () => {
    const text = 'The kiwi cannot fly';
    const plain = await model.promptLogprobs(text);
    const told = await model.promptLogprobs(text, { top_logprobs: 3 });
    expect(told.map(({ token, id }) => [token, id])).toEqual(plain.map(({ token, id }) => [token, id]));
    told.slice(1).forEach(({ logprob, top, id }, i) => {
      expect(logprob).toBeCloseTo(plain[i + 1]!.logprob!, 4);
      expect(top.map(one => one.logprob)).toEqual(top.map(one => one.logprob).toSorted((a, b) => b - a));
      expect(top).toHaveLength(3);
      expect(id).toBeTypeOf('number');
      // A greedy token has exactly the number of the first, as clients compare them.
      if (logprob! >= top[0]!.logprob) expect(logprob).toBe(top[0]!.logprob);
    });
    const small = await tinyModel(runtime, 'llama', { max_prefill_tokens: 3 });
    const chunked = await small.promptLogprobs(text, { top_logprobs: 3 });
    chunked.forEach(({ logprob }, i) => {
      if (i > 0) expect(logprob).toBeCloseTo(told[i]!.logprob!, 4);
    });
    await small.dispose();
  });

  test('says the bytes of each token, also of parts of a character', async () => {
    const text = 'a café 🎈';
    const told = await model.promptLogprobs(text);
    expect(Buffer.from(told.flatMap(({ bytes }) => [...bytes!])).toString()).toBe(text);
    expect(told.some(({ token }) => token.includes('\uFFFD'))).toBe(true);
  });

  test('ends the computation of a prompt when the signal says so', async () => {
    const reason = new Error('gone');
    for (const top_logprobs of [0, 2]) {
      await expect(
        model.promptLogprobs('The kiwi', { top_logprobs, signal: AbortSignal.abort(reason) }),
      ).rejects.toBe(reason);
    }
  });

  test('embeds a text as the mean hidden state of transformers, also in several runs', async () => {
    const small = await tinyModel(runtime, 'llama', { max_prefill_tokens: 3 });
    for (const { text, mean } of hiddenStates.rows) {
      for (const one of [model, small]) {
        const embedded = await one.embed(text);
        expect(embedded).toHaveLength(mean.length);
        expect(Math.max(...mean.map((x, i) => Math.abs(x - embedded[i]!)))).toBeLessThan(1e-5);
      }
    }
    await small.dispose();
  });
});
