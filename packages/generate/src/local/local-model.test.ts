import type { GenerateRequest, Message } from '@charter/core';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtureModels } from '../../../models/src/testing/fixture-model.js';
import { GenerateError } from '../generate-error.js';
import { openModel, readFixture, tinyModel } from './fixture-model.fixture.js';
import { type GenerationStats, localModel } from './local-model.js';

interface GreedyRows {
  rows: {
    messages: Message[];
    repetition_penalty: number;
    ids: number[];
    text: string;
    first_eos: number | null;
  }[];
}
interface ScoreRows {
  rows: { ids: number[]; logprobs: number[] }[];
}

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
});
afterAll(() => runtime.dispose());

const worstDifference = (actual: readonly number[], expected: readonly number[]): number => {
  expect(actual).toHaveLength(expected.length);
  return Math.max(...expected.map((x, i) => Math.abs(x - actual[i]!)));
};

/** Expected text of our generator, which stops at an end token, for a row of the fixtures, where nothing stops. */
const upToEos = ({ ids, first_eos }: GreedyRows['rows'][number]) =>
  first_eos === null ? ids : ids.slice(0, first_eos + 1);

const greedyRequests = ({ rows }: GreedyRows): GenerateRequest[] =>
  rows.map(({ messages, repetition_penalty }) => ({
    prompt: messages,
    temperature: 0,
    max_new_tokens: 64,
    repetition_penalty,
  }));

describe.each(fixtureModels)('%s', name => {
  const greedy = readFixture<GreedyRows>(`greedy/${name}.json`);

  test.each([
    ['all at once', {}],
    ['in two rows, prompts in pieces of a few tokens', { max_sequences: 2, max_prefill_tokens: 7 }],
  ])('writes the greedy texts of transformers, %s', async (_, options) => {
    const model = await tinyModel(runtime, name, options);
    const completions = await Promise.all(greedyRequests(greedy).map(request => model.generate(request)));
    completions.forEach((completion, i) => {
      const row = greedy.rows[i]!;
      expect(completion.ids).toEqual(upToEos(row));
      expect(completion.finish_reason).toBe(row.first_eos === null ? 'length' : 'stop');
      // The fixtures' texts show special tokens.
      if (row.first_eos === null) expect(completion.text).toBe(row.text.replaceAll(/<\|\w+\|>/g, ''));
    });
    await model.dispose();
  });

  test('gives the log-probabilities of transformers, also over several pieces', async () => {
    const { rows } = readFixture<ScoreRows>(`scores/${name}.json`);
    for (const prefillTokens of [256, 10]) {
      const model = await tinyModel(runtime, name, { max_prefill_tokens: prefillTokens });
      for (const { ids, logprobs } of rows) {
        expect(worstDifference(await model.scoreIds(ids), logprobs)).toBeLessThan(1e-4);
      }
      await model.dispose();
    }
  });
});

describe.each([
  ['llama', 'llama-all-linear'],
  ['llama', 'llama-rslora-patterns'],
  ['qwen2', 'qwen2-all-linear'],
  ['qwen2', 'qwen2-rslora-patterns'],
] as const)('%s with the adapter %s', (name, adapterName) => {
  test('gives the log-probabilities of PEFT', async () => {
    const model = await tinyModel(runtime, name, { adapterName });
    const { rows } = readFixture<ScoreRows>(`adapters/${adapterName}/scores.json`);
    for (const { ids, logprobs } of rows) {
      expect(worstDifference(await model.scoreIds(ids), logprobs)).toBeLessThan(1e-4);
    }
    await model.dispose();
  });
});

describe('batches', () => {
  const words =
    'The river bends twice before the old stone bridge and the boats wait there until the tide'.split(' ');
  const requests: GenerateRequest[] = words.map((_, n) => ({
    prompt: words.slice(0, n + 1).join(' '),
    seed: 100 + n,
    max_new_tokens: 5 + ((n * 7) % 30),
    temperature: 0.5 + (n % 3) / 4,
    ...(n % 2 && { top_p: 0.9 }),
    ...(n % 4 === 3 && { repetition_penalty: 1.2 }),
  }));

  test('a text is the same alone and among others, in few rows or many, whatever the prompts’ lengths', async () => {
    const alone = await tinyModel(runtime, 'llama');
    const expected: unknown[] = [];
    for (const request of requests) expected.push(await alone.generate(request));
    await alone.dispose();
    for (const options of [
      { max_sequences: 32 },
      { max_sequences: 3 },
      { max_sequences: 5, max_prefill_tokens: 16 },
      { max_sequences: 1 },
    ]) {
      const model = await tinyModel(runtime, 'llama', options);
      expect(await Promise.all(requests.map(request => model.generate(request)))).toEqual(expected);
      await model.dispose();
    }
  });

  test('a row that becomes free goes to the next prompt at once', async () => {
    let runs = 0;
    const onProgress = (stats: GenerationStats) => {
      runs = stats.completion_tokens > before ? runs + 1 : runs;
      before = stats.completion_tokens;
    };
    let before = 0;
    const model = await tinyModel(runtime, 'llama', { max_sequences: 2, onProgress });
    // Prompts and end tokens play no part: one long text, and short ones that fit beside it.
    const lengths = [60, 10, 10, 10, 10, 10];
    const texts = await Promise.all(
      lengths.map((max_new_tokens, seed) =>
        model.generate({ prompt: 'boats', max_new_tokens, seed, top_k: 3 }),
      ),
    );
    expect(texts.map(t => t.usage.completion_tokens)).toEqual(lengths);
    // 60 runs for the long text, and one for each short one's first token, which its prompt's run brings.
    expect(runs).toBeLessThanOrEqual(60 + lengths.length);
    await model.dispose();
  });

  test('requests made while others run join them', async () => {
    const model = await tinyModel(runtime, 'llama');
    const [first, second] = [requests[12]!, requests[3]!];
    const expected = [await model.generate(first), await model.generate(second)];
    let joined: Promise<unknown> | undefined;
    let pieces = 0;
    const running = model.generate({
      ...first,
      onToken: () => {
        pieces += 1;
        joined ??= model.generate(second);
      },
    });
    const done = await running;
    expect(pieces).toBeGreaterThan(1);
    expect([done, await joined]).toEqual(expected);
    await model.dispose();
  });

  test('a cache that grows past its first size loses nothing', async () => {
    const model = await tinyModel(runtime, 'mistral');
    const prompt = 'The river bends twice before the old stone bridge.';
    const { ids, usage } = await model.generate({
      prompt,
      max_new_tokens: 240,
      seed: 3,
      temperature: 0.9,
      top_k: 5,
    });
    expect(usage.prompt_tokens + ids!.length).toBeGreaterThan(200);
    // Every token is one of the five most likely, as the whole text computed at once sees it.
    const tokenizer = (await openModel('mistral')).tokenizer;
    const logprobs = await model.scoreIds([...tokenizer.encode(prompt), ...ids!]);
    for (const logprob of logprobs.slice(usage.prompt_tokens - 1)) expect(logprob).toBeGreaterThan(-4.5);
    await model.dispose();
  });
});

describe('a text ends', () => {
  test('before a stop string, and onToken gets all of it', async () => {
    const model = await tinyModel(runtime, 'llama');
    const request = greedyRequests(readFixture('greedy/llama.json'))[0]!;
    const whole = await model.generate(request);
    const stop = [whole.text.slice(12, 15), whole.text.slice(20, 23)];
    const pieces: string[] = [];
    const cut = await model.generate({ ...request, stop, onToken: piece => pieces.push(piece) });
    expect(cut.text).toBe(whole.text.slice(0, Math.min(...stop.map(s => whole.text.indexOf(s)))));
    expect(cut.finish_reason).toBe('stop');
    expect(pieces.join('')).toBe(cut.text);
    expect(pieces.length).toBeGreaterThan(1);
    await model.dispose();
  });

  test('at a special token that is named as a stop string', async () => {
    const rows = readFixture<GreedyRows>('greedy/mistral.json');
    const row = rows.rows.findIndex(({ first_eos }) => first_eos !== null);
    const mistral = await openModel('mistral');
    // Without its own end tokens the model runs on to the 64th; as plain text, because a chat's template names one.
    const tokenizer = { ...mistral.tokenizer, eosTokenIds: [] };
    const model = localModel({ runtime, model: { ...mistral, tokenizer } });
    const { messages } = rows.rows[row]!;
    const prompt = tokenizer.renderChat(messages, { add_generation_prompt: true });
    const request = { ...greedyRequests(rows)[row]!, prompt };
    expect((await model.generate(request)).ids).toEqual(rows.rows[row]!.ids);
    expect((await model.generate({ ...request, stop: ['<|im_end|>'] })).ids).toEqual(
      upToEos(rows.rows[row]!),
    );
    await model.dispose();
  });

  test('of a chat at what its template writes behind an answer, whatever the model’s EOS is', async () => {
    const rows = readFixture<GreedyRows>('greedy/mistral.json');
    const row = rows.rows.findIndex(({ first_eos }) => first_eos !== null);
    const mistral = await openModel('mistral');
    const tokenizer = { ...mistral.tokenizer, eosTokenIds: [0] };
    const model = localModel({ runtime, model: { ...mistral, tokenizer } });
    const { ids, finish_reason } = await model.generate(greedyRequests(rows)[row]!);
    expect([ids, finish_reason]).toEqual([upToEos(rows.rows[row]!), 'stop']);
    await model.dispose();
  });

  test('where the model has no position left', async () => {
    const model = await tinyModel(runtime, 'llama', { max_positions: 40 });
    const text = await model.generate({ prompt: 'boats', max_new_tokens: 100, seed: 1, top_k: 3 });
    expect(text.usage.prompt_tokens + text.usage.completion_tokens).toBe(40);
    expect(text.finish_reason).toBe('length');
    await model.dispose();
  });
});

describe('giving up', () => {
  test('one request leaves the others as they are', async () => {
    const model = await tinyModel(runtime, 'llama');
    const request: GenerateRequest = { prompt: 'The boats', seed: 5, max_new_tokens: 40, top_k: 3 };
    const expected = await model.generate(request);
    const controller = new AbortController();
    const [given, other] = await Promise.allSettled([
      model.generate({
        prompt: 'The tide has turned',
        signal: controller.signal,
        onToken: () => controller.abort(new Error('enough')),
      }),
      model.generate(request),
    ]);
    expect(given).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
    expect(other).toMatchObject({ status: 'fulfilled', value: expected });
    await model.dispose();
  });

  test('a request that waits for a row costs nothing', async () => {
    const model = await tinyModel(runtime, 'llama', { max_sequences: 1 });
    const controller = new AbortController();
    const first = model.generate({ prompt: 'boats', max_new_tokens: 30, seed: 1, top_k: 3 });
    const waiting = model.generate({ prompt: 'boats', signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect((await first).usage.completion_tokens).toBe(30);
    expect(model.stats()).toMatchObject({ completions: 1, completion_tokens: 30 });
    await model.dispose();
  });

  test('disposing the model ends what runs, and refuses what comes later', async () => {
    const model = await tinyModel(runtime, 'llama');
    let disposing: Promise<void> | undefined;
    const running = model.generate({
      prompt: 'boats',
      onToken: () => {
        disposing ??= model.dispose();
      },
    });
    await expect(running).rejects.toThrow('The model llama was disposed.');
    await disposing;
    await expect(model.generate({ prompt: 'boats' })).rejects.toThrow('The model llama was disposed.');
    await expect(model.scoreIds([1, 2])).rejects.toThrow('The model llama was disposed.');
  });
});

describe('score', () => {
  test('is the sum of the continuation’s own log-probabilities', async () => {
    for (const prefillTokens of [256, 6]) {
      const qwen3 = await openModel('qwen3');
      const { tokenizer } = qwen3;
      const model = localModel({ runtime, model: qwen3, max_prefill_tokens: prefillTokens });
      const prompt = 'The boats wait there until the tide has turned. Answer:';
      const continuations = [' (A)', ' (B)', ' (A) because of the stone bridge', ' no', ' (A)'];
      const expected: number[] = [];
      for (const continuation of continuations) {
        const [before, ids] = [tokenizer.encode(prompt), tokenizer.encode(prompt + continuation)];
        expect(ids.slice(0, before.length)).toEqual(before);
        const logprobs = await model.scoreIds(ids);
        expected.push(logprobs.slice(before.length - 1).reduce((a, b) => a + b, 0));
      }
      expect(worstDifference(await model.score({ prompt, continuations }), expected)).toBeLessThan(1e-4);
      await model.dispose();
    }
  });

  test('of a chat continues the assistant’s open message', async () => {
    const llama = await openModel('llama');
    const { tokenizer } = llama;
    const model = localModel({ runtime, model: llama });
    const prompt: Message[] = [
      { role: 'user', content: 'Which is better?' },
      { role: 'assistant', content: 'The answer is' },
    ];
    const text = tokenizer.renderChat(prompt, { continue_final_message: true });
    const continuations = [' (A)', ' (B)'];
    expect(await model.score({ prompt, continuations })).toEqual(
      (await model.score({ prompt: text, continuations })).map(score => expect.closeTo(score, 4)),
    );
    await model.dispose();
  });

  test('counts a token that joins the prompt’s last letters with the continuation’s first', async () => {
    const llama = await openModel('llama');
    const { tokenizer } = llama;
    const model = localModel({ runtime, model: llama });
    const [prompt, continuation] = ['The wa', 'ter'];
    const [before, ids] = [tokenizer.encode(prompt), tokenizer.encode(prompt + continuation)];
    const shared = before.findIndex((id, i) => id !== ids[i]);
    expect(shared).toBeGreaterThan(0);
    const logprobs = await model.scoreIds(ids);
    const expected = logprobs.slice(shared - 1).reduce((a, b) => a + b, 0);
    expect(await model.score({ prompt, continuations: [continuation] })).toEqual([
      expect.closeTo(expected, 4),
    ]);
    await model.dispose();
  });
});

describe('errors', () => {
  test.each<[string, GenerateRequest, string, string]>([
    [
      'an empty prompt',
      { prompt: '' },
      'prompt',
      'generate: the prompt has no tokens. Give at least one word.',
    ],
    [
      'a prompt that is too long',
      { prompt: 'boats '.repeat(300) },
      'prompt',
      'tokens are more than the 256 positions of llama. Shorten the prompt.',
    ],
    [
      'a temperature below 0',
      { prompt: 'boats', temperature: -1 },
      'temperature',
      'generate: temperature is -1.',
    ],
  ])('%s is named', async (_, request, field, message) => {
    const model = await tinyModel(runtime, 'llama');
    const error = await model.generate(request).catch(e => e);
    expect(error).toBeInstanceOf(GenerateError);
    expect(error).toMatchObject({ field, model: 'llama' });
    expect(error.message).toContain(message);
    await model.dispose();
  });

  test('a continuation without a token of its own is named', async () => {
    const model = await tinyModel(runtime, 'llama');
    await expect(model.score({ prompt: 'boats', continuations: [''] })).rejects.toThrow(
      'score: the continuation "" adds no token to the prompt.',
    );
    await model.dispose();
  });

  test('a failing engine fails all requests, and the next ones are tried anew', async () => {
    let broken = false;
    const fragile: Runtime = {
      ...runtime,
      async compile(...args) {
        const program = await runtime.compile(...args);
        return {
          dispose: () => program.dispose(),
          run: (...given) => (broken ? Promise.reject(new Error('out of memory')) : program.run(...given)),
        };
      },
    };
    const model = await tinyModel(fragile, 'llama', { max_sequences: 2 });
    const request: GenerateRequest = { prompt: 'boats', seed: 1, max_new_tokens: 20 };
    const expected = await model.generate(request);
    const breaking = {
      ...request,
      onToken: () => {
        broken = true;
      },
    };
    const results = await Promise.allSettled([breaking, request, request].map(r => model.generate(r)));
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'out of memory' } });
    }
    broken = false;
    expect(await model.generate(request)).toEqual(expected);
    await model.dispose();
  });
});
