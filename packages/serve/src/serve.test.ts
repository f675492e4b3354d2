import { endpointModel, GenerateError } from '@charter/generate';
import OpenAI from 'openai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { scriptedModel } from './scripted-model.fixture.js';
import { type RunningServer, type ServeOptions, serve } from './serve.js';

const words = ['A', ' kiwi', ' cannot', ' fly', '.'];
const messages = [{ role: 'user' as const, content: 'Which bird cannot fly?' }];
let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close({ seconds: 0 });
  server = undefined;
});

const clientOf = async (options: ServeOptions, apiKey = 'none') => {
  server = await serve(options);
  return new OpenAI({ baseURL: server.url, apiKey, maxRetries: 0 });
};
const collect = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const event of stream) all.push(event);
  return all;
};

describe('the official client', () => {
  test('lists the models, and finds one by a name with a slash', async () => {
    const client = await clientOf({
      models: [scriptedModel('org/base', words), scriptedModel('tuned', words)],
    });
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(['org/base', 'tuned']);
    expect(await client.models.retrieve('org/base')).toMatchObject({ object: 'model', owned_by: 'charter' });
  });

  test('gets a chat from the model that it names, with usage and the reason of its end', async () => {
    const [base, tuned] = [scriptedModel('base', ['no']), scriptedModel('tuned', words)];
    const client = await clientOf({ models: [base, tuned] });
    const answer = await client.chat.completions.create({ model: 'tuned', messages });
    expect(answer.choices[0]!.message).toMatchObject({ role: 'assistant', content: 'A kiwi cannot fly.' });
    expect(answer.choices[0]!.finish_reason).toBe('stop');
    expect(answer.usage).toEqual({ prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 });
    expect(answer.id).toMatch(/^chatcmpl-/);
    expect(base.seen).toEqual([]);
  });

  test('has its options passed on, and its messages in every form of the API', async () => {
    const model = scriptedModel('m', words);
    const client = await clientOf({ models: [model] });
    await client.chat.completions.create({
      model: 'm',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi ' },
            { type: 'text', text: 'there' },
          ],
        },
      ],
      max_completion_tokens: 2,
      temperature: 0.3,
      top_p: 0.9,
      seed: 5,
      stop: '\n',
    });
    expect(model.seen[0]).toMatchObject({
      prompt: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi ' },
            { type: 'text', text: 'there' },
          ],
        },
      ],
      max_new_tokens: 2,
      temperature: 0.3,
      top_p: 0.9,
      seed: 5,
      stop: ['\n'],
    });
  });

  test('streams a chat piece by piece, the usage last', async () => {
    const client = await clientOf({ models: [scriptedModel('m', words)] });
    const events = await collect(
      await client.chat.completions.create({
        model: 'm',
        messages,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    const deltas = events.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    expect(deltas[0]).toEqual({ role: 'assistant', content: '' });
    expect(deltas.map(({ content }) => content ?? '').join('')).toBe('A kiwi cannot fly.');
    expect(events.at(-2)!.choices[0]!.finish_reason).toBe('stop');
    expect(events.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 12 } });
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  test('gets n choices, each by a seed of its own, the prompt counted once', async () => {
    const model = scriptedModel('m', words);
    const client = await clientOf({ models: [model] });
    const answer = await client.chat.completions.create({ model: 'm', messages, n: 3, seed: 10 });
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(model.seen.map(({ seed }) => seed)).toEqual([10, 11, 12]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 15 });
    const events = await collect(
      await client.chat.completions.create({ model: 'm', messages, n: 2, stream: true }),
    );
    for (const index of [0, 1]) {
      const own = events.flatMap(({ choices }) => choices.filter(choice => choice.index === index));
      expect(own.map(({ delta }) => delta.content ?? '').join('')).toBe('A kiwi cannot fly.');
    }
  });

  test('gets log-probabilities of a chat, whole and streamed', async () => {
    const client = await clientOf({ models: [scriptedModel('m', words)] });
    const body = { model: 'm', messages, logprobs: true, top_logprobs: 2 };
    const { choices } = await client.chat.completions.create(body);
    const content = choices[0]!.logprobs!.content!;
    expect(content.map(({ token }) => token)).toEqual(words);
    expect(content[0]).toEqual({
      token: 'A',
      logprob: -0.5,
      bytes: [65],
      top_logprobs: [
        { token: 'A', logprob: -0.5, bytes: [65] },
        { token: '?', logprob: -1, bytes: [63] },
      ],
    });
    const events = await collect(await client.chat.completions.create({ ...body, stream: true }));
    expect(events.flatMap(event => event.choices[0]?.logprobs?.content ?? [])).toEqual(content);
  });

  test('gets completions of several prompts, with echo and log-probabilities', async () => {
    const client = await clientOf({ models: [scriptedModel('m', words)] });
    const { choices } = await client.completions.create({
      model: 'm',
      prompt: ['The bird', 'It'],
      max_tokens: 1,
      echo: true,
      logprobs: 1,
    });
    expect(choices.map(({ text }) => text)).toEqual(['The birdA', 'ItA']);
    expect(choices[0]!.logprobs).toEqual({
      tokens: ['The', ' bird', 'A'],
      token_logprobs: [null, -2, -0.5],
      top_logprobs: [null, {}, { A: -0.5, '?': -1 }],
      text_offset: [0, 3, 8],
    });
    expect(choices[0]!.finish_reason).toBe('length');
    const events = await collect(
      await client.completions.create({ model: 'm', prompt: 'The bird', echo: true, stream: true }),
    );
    expect(events.map(event => event.choices[0]!.text).join('')).toBe('The birdA kiwi cannot fly.');
  });

  test('has concurrent requests passed on at the same time', async () => {
    const model = scriptedModel('m', words, { delay: 10 });
    const client = await clientOf({ models: [model] });
    await Promise.all([1, 2, 3].map(() => client.chat.completions.create({ model: 'm', messages })));
    expect(model.most).toBe(3);
  });

  test('gets errors in the API’s own form', async () => {
    const client = await clientOf({ models: [scriptedModel('m', words)] });
    const errorOf = (body: object) =>
      client.chat.completions.create({ model: 'm', messages, ...body } as never).then(
        () => undefined,
        (error: InstanceType<typeof OpenAI.APIError>) => error,
      );
    expect(await errorOf({ model: 'x' })).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
    expect((await errorOf({ model: 'x' }))!.message).toContain('there are: m');
    expect(await errorOf({ temperature: -1 })).toMatchObject({ status: 400, param: 'temperature' });
    expect(await errorOf({ mood: 'merry' })).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      message: '400 Unrecognized request argument supplied: mood',
    });
    expect(await errorOf({ tools: [{ type: 'function' }] })).toMatchObject({ status: 400, param: 'tools' });
    expect(await errorOf({ top_logprobs: 2 })).toMatchObject({ status: 400, param: 'top_logprobs' });
  });

  test('hears of a prompt that is too long, also when it asked for a stream', async () => {
    const fails = new GenerateError('900 tokens are more than 256', {
      field: 'prompt',
      code: 'context_length_exceeded',
    });
    const model = { ...scriptedModel('m', words), generate: () => Promise.reject(fails) };
    const client = await clientOf({ models: [model] });
    for (const stream of [true, false]) {
      await expect(client.chat.completions.create({ model: 'm', messages, stream })).rejects.toMatchObject({
        status: 400,
        code: 'context_length_exceeded',
      });
    }
  });

  test('hears of a failure in the middle of a stream', async () => {
    const model = scriptedModel('m', words, { fails: new Error('the engine broke') });
    const errors: unknown[] = [];
    const client = await clientOf({ models: [model], onRequest: ({ error }) => errors.push(error) });
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true });
    await expect(collect(stream)).rejects.toThrow('the engine broke');
    expect(errors).toEqual(['the engine broke']);
  });

  test('ends the writing when it goes away', async () => {
    const model = scriptedModel('m', words, { delay: 30 });
    const client = await clientOf({ models: [model] });
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true });
    for await (const _ of stream) break;
    await vi.waitFor(() => expect(model.aborted).toBe(1));
  });
});

describe('who may ask', () => {
  test('a key that was set is asked for', async () => {
    const options = { models: [scriptedModel('m', words)], api_key: 'secret' };
    const client = await clientOf(options, 'wrong');
    await expect(client.models.list()).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    const good = new OpenAI({ baseURL: server!.url, apiKey: 'secret' });
    expect((await good.models.list()).data).toHaveLength(1);
  });

  test('only this machine reaches it by default, and no web page’s form does', async () => {
    await clientOf({ models: [scriptedModel('m', words)] });
    expect(server!.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    const body = JSON.stringify({ model: 'm', messages });
    const answer = await fetch(`${server!.url}/chat/completions`, { method: 'POST', body });
    expect(answer.status).toBe(415);
    expect((await fetch(`${server!.url}/nothing`)).status).toBe(404);
    const broken = { method: 'POST', body: '{"model":', headers: { 'content-type': 'application/json' } };
    expect(await (await fetch(`${server!.url}/completions`, broken)).json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringContaining('not valid JSON') },
    });
  });
});

describe('closing', () => {
  test('lets what is in flight finish and refuses what comes later', async () => {
    const model = scriptedModel('m', words, { delay: 40 });
    const client = await clientOf({ models: [model] });
    const answer = client.chat.completions.create({ model: 'm', messages });
    await vi.waitFor(() => expect(model.most).toBe(1));
    const closed = server!.close();
    await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toThrow(
      /Connection error/,
    );
    expect((await answer).choices[0]!.message.content).toBe('A kiwi cannot fly.');
    await closed;
  });

  test('aborts what takes too long, and says so', async () => {
    const model = scriptedModel('m', words, { delay: 400 });
    const client = await clientOf({ models: [model] });
    const failed = client.chat.completions.create({ model: 'm', messages }).catch(error => error);
    await vi.waitFor(() => expect(model.most).toBe(1));
    await server!.close({ seconds: 0.05 });
    expect(await failed).toMatchObject({ status: 503, code: 'server_stopping' });
  });
});

test('our own endpoint model writes and scores through it', async () => {
  await clientOf({ models: [scriptedModel('m', words)] });
  const model = endpointModel({ url: server!.url, model: 'm' });
  const { text, logprobs } = await model.generate({ prompt: messages, top_logprobs: 1, temperature: 0 });
  expect(text).toBe('A kiwi cannot fly.');
  expect(logprobs!.map(({ token }) => token)).toEqual(words);
  expect(await model.score({ prompt: 'The bird', continuations: [' is', ' is it'] })).toEqual([-2, -4]);
});
