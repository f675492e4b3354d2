import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { endpointModel } from './endpoint-model.js';
import { errorOf, modelAt, question, server } from './endpoint-under-test.fixture.js';
import { chatAnswer } from './fake-endpoint.fixture.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('requests', () => {
  test('a chat is sent with the options that were set, in the API’s names, and no others', async () => {
    const model = await modelAt(() => ({ json: chatAnswer('A kiwi.') }));
    const completion = await model.generate({
      prompt: question,
      max_new_tokens: 20,
      temperature: 0.7,
      top_k: 40,
      min_p: 0.05,
      repetition_penalty: 1.1,
      seed: 7,
      stop: ['\n'],
    });
    expect(completion).toEqual({
      text: 'A kiwi.',
      finish_reason: 'stop',
      usage: { prompt_tokens: 11, completion_tokens: 3 },
    });
    expect(server!.seen[0]).toMatchObject({ path: '/v1/chat/completions' });
    expect(server!.seen[0]!.body).toEqual({
      model: 'tiny',
      messages: question,
      max_tokens: 20,
      temperature: 0.7,
      top_k: 40,
      min_p: 0.05,
      repetition_penalty: 1.1,
      seed: 7,
      stop: ['\n'],
    });
  });

  test('plain text goes to the completions API', async () => {
    const json = { choices: [{ index: 0, text: ' kiwi', finish_reason: 'length' }] };
    const model = await modelAt(() => ({ json }));
    const completion = await model.generate({ prompt: 'The bird is a' });
    expect(completion).toEqual({
      text: ' kiwi',
      finish_reason: 'length',
      usage: { prompt_tokens: 0, completion_tokens: 0 },
    });
    expect(server!.seen[0]).toMatchObject({
      path: '/v1/completions',
      body: { model: 'tiny', prompt: 'The bird is a', max_tokens: 256 },
    });
    expect(Object.keys(server!.seen[0]!.body)).toHaveLength(3);
  });

  test('a last message of the assistant is to be continued', async () => {
    const model = await modelAt(() => ({ json: chatAnswer(' kiwi.') }));
    await model.generate({ prompt: [...question, { role: 'assistant', content: 'It is a' }] });
    expect(server!.seen[0]!.body).toMatchObject({
      continue_final_message: true,
      add_generation_prompt: false,
    });
  });

  test('a server that cannot continue the assistant’s message is named as the reason', async () => {
    const json = { error: { message: 'Unrecognized request argument supplied: continue_final_message' } };
    const model = await modelAt(() => ({ status: 400, json }));
    const error = await errorOf(
      model.generate({ prompt: [...question, { role: 'assistant', content: 'It is a' }] }),
    );
    expect(error.message).toBe(
      `generate at ${server!.url}: 400 Unrecognized request argument supplied: continue_final_message. The last ` +
        'message is the assistant’s, and this server may be unable to continue it. End with a message of the user, ' +
        'or give the prompt as plain text.',
    );
    expect(error.status).toBe(400);
  });

  test.each([
    { message: 'request (2050 tokens) exceeds the available context size (2048 tokens)' },
    { message: 'Please reduce your prompt.', code: 'context_length_exceeded' },
  ])(
    'a text that is too long for the server is told from a request that it does not know: %o',
    async error => {
      const model = await modelAt(() => ({ status: 400, json: { error } }));
      const { message } = await errorOf(model.generate({ prompt: question }));
      expect(message).toContain(error.message);
      expect(message).toContain(
        'longer than the server takes: give the server a larger context, or send less',
      );
    },
  );

  test('no more than `concurrency` requests are in flight', async () => {
    const model = await modelAt(
      async () => {
        await sleep(20);
        return { json: chatAnswer('ok') };
      },
      { concurrency: 2 },
    );
    await Promise.all(Array.from({ length: 7 }, () => model.generate({ prompt: question })));
    expect(server!.seen).toHaveLength(7);
    expect(server!.most).toBe(2);
  });

  test('a busy server is asked again, after the time it names', async () => {
    const model = await modelAt(
      () =>
        server!.seen.length < 3
          ? { status: 429, headers: { 'retry-after-ms': '1' }, json: { error: { message: 'slow down' } } }
          : { json: chatAnswer('at last') },
      { max_retries: 2 },
    );
    expect((await model.generate({ prompt: question })).text).toBe('at last');
    expect(server!.seen).toHaveLength(3);
  });
});

describe('the key', () => {
  test('comes from the option, else from the environment', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'key-of-the-environment');
    const given = await modelAt(() => ({ json: chatAnswer('ok') }), { api_key: 'key-of-the-option' });
    const fromEnvironment = endpointModel({ url: server!.url, model: 'tiny' });
    await given.generate({ prompt: question });
    await fromEnvironment.generate({ prompt: question });
    expect(server!.seen.map(request => request.headers.authorization)).toEqual([
      'Bearer key-of-the-option',
      'Bearer key-of-the-environment',
    ]);
  });

  test('without one no authorization is sent, nor an organization of OpenAI’s', async () => {
    vi.stubEnv('OPENAI_API_KEY', '');
    vi.stubEnv('OPENAI_ORG_ID', 'org-of-the-environment');
    const model = await modelAt(() => ({ json: chatAnswer('ok') }));
    await model.generate({ prompt: question });
    expect(server!.seen[0]!.headers.authorization).toBeUndefined();
    expect(server!.seen[0]!.headers['openai-organization']).toBeUndefined();
  });

  test('never stands in an error, even where the server repeats it', async () => {
    const apiKey = 'sk-very-secret';
    const json = { error: { message: `Incorrect API key provided: ${apiKey}` } };
    const model = await modelAt(() => ({ status: 401, json }), { api_key: apiKey });
    const error = await errorOf(model.generate({ prompt: question }));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('very-secret');
    expect(error.message).toBe(
      `generate at ${server!.url}: 401 Incorrect API key provided: [key]. Check api_key, or OPENAI_API_KEY in the ` +
        'environment.',
    );
  });
});

describe('answers', () => {
  test('are streamed to onToken, with the usage of the last event', async () => {
    const delta = (content: string, finish_reason: string | null = null) => ({
      choices: [{ index: 0, delta: { content }, finish_reason }],
    });
    const usage = { prompt_tokens: 4, completion_tokens: 2 };
    const model = await modelAt(() => ({
      events: [delta('A '), delta('kiwi'), delta('', 'length'), { choices: [], usage }],
    }));
    const pieces: string[] = [];
    const completion = await model.generate({ prompt: question, onToken: text => pieces.push(text) });
    expect(pieces).toEqual(['A ', 'kiwi']);
    expect(completion).toEqual({ text: 'A kiwi', finish_reason: 'length', usage });
    expect(server!.seen[0]!.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  test('of plain text are streamed too', async () => {
    const events = [{ choices: [{ text: 'ki' }] }, { choices: [{ text: 'wi', finish_reason: 'stop' }] }];
    const model = await modelAt(() => ({ events }));
    const pieces: string[] = [];
    const completion = await model.generate({ prompt: 'A', onToken: text => pieces.push(text) });
    expect(pieces).toEqual(['ki', 'wi']);
    expect(completion.text).toBe('kiwi');
  });

  const told = [{ token: 'ki', logprob: -0.5, top: [{ token: 'ki', logprob: -0.5 }] }];

  test('of a chat carry log-probabilities where they were asked for and are offered', async () => {
    const answer = chatAnswer('ki');
    const content = [
      {
        token: 'ki',
        logprob: -0.5,
        bytes: [107, 105],
        top_logprobs: [
          { token: 'mo', logprob: -1 },
          { token: 'ki', logprob: -0.5 },
        ],
      },
    ];
    const json = { ...answer, choices: [{ ...answer.choices[0], logprobs: { content } }] };
    const model = await modelAt(() => ({ json }));
    expect(await model.generate({ prompt: question, top_logprobs: 1 })).toMatchObject({ logprobs: told });
    expect(server!.seen[0]!.body).toMatchObject({ logprobs: true, top_logprobs: 1 });
    expect(await model.generate({ prompt: question })).not.toHaveProperty('logprobs');
  });

  test('of plain text carry log-probabilities, streamed too; a server without them gives none', async () => {
    const logprobs = { tokens: ['ki'], token_logprobs: [-0.5], top_logprobs: [{ mo: -1, ki: -0.5 }] };
    const model = await modelAt(({ body }) => ({
      events: [
        { choices: [{ text: 'ki', logprobs: body.seed ? null : logprobs }] },
        { choices: [{ text: '', finish_reason: 'stop' }] },
      ],
    }));
    const pieces: unknown[] = [];
    const onToken = (...piece: unknown[]) => pieces.push(piece);
    expect(await model.generate({ prompt: 'A', top_logprobs: 1, onToken })).toMatchObject({ logprobs: told });
    expect(pieces).toEqual([['ki', told]]);
    expect(server!.seen[0]!.body).toMatchObject({ logprobs: 1 });
    expect(await model.generate({ prompt: 'A', top_logprobs: 1, onToken, seed: 1 })).not.toHaveProperty(
      'logprobs',
    );
  });

  test.each([
    ['stop', 'stop'],
    ['eos_token', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
  ])('finish_reason %s means %s', async (said, meant) => {
    const model = await modelAt(() => ({ json: chatAnswer('text', said) }));
    expect((await model.generate({ prompt: question })).finish_reason).toBe(meant);
  });

  test.each([
    [
      'an unknown finish_reason',
      chatAnswer('', 'tool_calls'),
      /finish_reason is "tool_calls"; expected stop, eos/,
    ],
    ['none', chatAnswer('half', null), /the answer broke off: it has no finish_reason/],
    ['no choices', { choices: [] }, /the answer broke off/],
  ])('with %s is an error', async (_, json, message) => {
    const model = await modelAt(() => ({ json }));
    expect((await errorOf(model.generate({ prompt: question }))).message).toMatch(message);
  });

  test('a stream that ends in the middle is an error, not a short text', async () => {
    const model = await modelAt(() => ({ events: [{ choices: [{ delta: { content: 'A ki' } }] }] }));
    const error = await errorOf(model.generate({ prompt: question, onToken: () => {} }));
    expect(error.message).toMatch(/broke off/);
  });

  test('a stream whose connection is lost is an error', async () => {
    const model = await modelAt(() => response => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: 'A ki' } }] })}\n\n`);
      setTimeout(() => response.destroy(), 20);
    });
    const error = await errorOf(model.generate({ prompt: question, onToken: () => {} }));
    expect(error.message).toBe(`generate at ${server!.url}: terminated (UND_ERR_SOCKET).`);
  });

  test.each([
    ['a page', 'text/html', '<html>Log in first</html>', /the answer is no completion: "<html>Log in first/],
    [
      'an error under status 200',
      'application/json',
      '{"error":"no credit"}',
      /no completion: {"error":"no credit"}/,
    ],
    ['broken JSON', 'application/json', '{"choices": [', /Unexpected end of JSON input/],
  ])('that is %s is quoted', async (_, type, text, message) => {
    const model = await modelAt(() => response => {
      response.writeHead(200, { 'content-type': type });
      response.end(text);
    });
    expect((await errorOf(model.generate({ prompt: question }))).message).toMatch(message);
  });

  test('a stream that falls silent is given up after the timeout', async () => {
    const events = [{ choices: [{ delta: { content: 'A ki' } }] }];
    const model = await modelAt(() => ({ events, open: true }), { timeout: 0.1 });
    const error = await errorOf(model.generate({ prompt: question, onToken: () => {} }));
    expect(error.message).toMatch(/no further text came for 0.1 s/);
  });

  test('a server that says nothing is given up after the timeout', async () => {
    const model = await modelAt(() => () => {}, { timeout: 0.1 });
    const error = await errorOf(model.generate({ prompt: question }));
    expect(error.message).toBe(
      `generate at ${server!.url}: no answer within 0.1 s. Raise timeout, or ask for fewer tokens.`,
    );
  });

  test('a web page in place of an answer is quoted, but not all of it', async () => {
    const page = `<html>${'x'.repeat(5000)}</html>`;
    const model = await modelAt(() => response => {
      response.writeHead(404, { 'content-type': 'text/html' });
      response.end(page);
    });
    const error = await errorOf(model.generate({ prompt: question }));
    expect(error.message).toMatch(/404 <html>x+…\. Check that the URL ends where the API begins/);
    expect(error.message.length).toBeLessThan(600);
  });

  test('a server that cannot be reached is named as that', async () => {
    const model = await modelAt(() => ({ json: {} }));
    await server!.close();
    const error = await errorOf(model.generate({ prompt: question }));
    expect(error.message).toMatch(/the server cannot be reached \(ECONNREFUSED\)/);
  });
});

describe('giving up', () => {
  test('rejects with the signal’s reason and ends the request', async () => {
    const controller = new AbortController();
    let closed = false;
    const model = await modelAt(() => response => {
      response.on('close', () => {
        closed = true;
      });
      controller.abort(new Error('enough'));
    });
    await expect(model.generate({ prompt: question, signal: controller.signal })).rejects.toThrow('enough');
    await vi.waitFor(() => expect(closed).toBe(true));
  });

  test('does not wait for the client to try again', async () => {
    const controller = new AbortController();
    const model = await modelAt(
      () => {
        setTimeout(() => controller.abort(new Error('enough')), 20);
        return { status: 429, headers: { 'retry-after': '60' }, json: {} };
      },
      { max_retries: 2 },
    );
    await expect(model.generate({ prompt: question, signal: controller.signal })).rejects.toThrow('enough');
  });

  test('before it begins sends nothing', async () => {
    const model = await modelAt(() => ({ json: chatAnswer('ok') }));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(model.generate({ prompt: question, signal })).rejects.toThrow('enough');
    expect(server!.seen).toHaveLength(0);
  });
});
