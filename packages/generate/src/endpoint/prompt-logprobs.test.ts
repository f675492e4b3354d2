import type { Message } from '@charter/core';
import { describe, expect, test } from 'vitest';

import { endpointModel } from './endpoint-model.js';
import { errorOf, modelAt, question, server } from './endpoint-under-test.fixture.js';
import { chatAnswer, type Reply, type SeenRequest } from './fake-endpoint.fixture.js';

describe('score', () => {
  /** One token a word, each with a log-probability of its own length, and one more token that was generated. */
  const echo = ({ body }: SeenRequest): Reply => ({
    json: {
      choices: (body.prompt as string[])
        .map((text, index) => {
          const tokens = text.match(/ ?\S+/g)!;
          const token_logprobs = tokens.map((token, i) => (i === 0 ? null : -token.length / 10));
          return { index, logprobs: { tokens: [...tokens, '!'], token_logprobs: [...token_logprobs, -9] } };
        })
        .reverse(),
    },
  });

  test('of plain text sums what the continuation’s own tokens have, in one request', async () => {
    const model = await modelAt(echo);
    const scores = await model.score({ prompt: 'The answer is', continuations: [' (A)', ' (B) of course'] });
    expect(scores).toEqual([expect.closeTo(-0.4, 12), expect.closeTo(-1.4, 12)]);
    const asked = server!.seen.filter(({ path }) => path === '/v1/completions');
    expect(asked).toHaveLength(1);
    expect(asked[0]!.body).toMatchObject({ echo: true, logprobs: 1, max_tokens: 1 });
  });

  test('a continuation that merges with the prompt’s last token counts the merged token', async () => {
    const model = await modelAt(echo);
    expect(await model.score({ prompt: 'The answer', continuations: ['ed one'] })).toEqual([
      expect.closeTo(-0.9 - 0.4, 12),
    ]);
  });

  test('of a chat comes from prompt_logprobs, the continuation standing in the assistant’s turn', async () => {
    const model = await modelAt(({ body }) => {
      const text = (body.messages as Message[]).map(m => `<${m.role}> ${m.content}`).join(' ');
      const prompt_logprobs = text
        .match(/ ?\S+/g)!
        .map((token, i) => (i === 0 ? null : { [token]: { logprob: -token.length / 10, rank: 1 } }));
      return { json: { ...chatAnswer('x', 'length'), prompt_logprobs } };
    });
    const prompt: Message[] = [...question, { role: 'assistant', content: 'The answer is' }];
    const scores = await model.score({ prompt, continuations: [' (A)', ' (B) now'] });
    expect(scores).toEqual([expect.closeTo(-0.4, 12), expect.closeTo(-0.8, 12)]);
    const asked = server!.seen.flatMap(({ path, body }) => (path === '/v1/models' ? [] : [body]));
    expect(asked.map(({ messages }) => (messages as Message[]).at(-1)!.content).sort()).toEqual([
      'The answer is',
      'The answer is (A)',
      'The answer is (B) now',
    ]);
    expect(asked[0]).toMatchObject({ prompt_logprobs: 0, continue_final_message: true });
  });

  test.each([
    ['the generated token’s alone', { tokens: ['!'], token_logprobs: [-9] }],
    ['none', null],
  ])('a server whose answer holds %s is an error', async (_, logprobs) => {
    const model = await modelAt(({ body }) => ({
      json: { choices: (body.prompt as string[]).map((_, index) => ({ index, logprobs })) },
    }));
    const error = await errorOf(model.score({ prompt: 'The answer is', continuations: [' (A)'] }));
    expect(error.message).toMatch(
      /score at .*: the answer holds no log-probabilities of the prompt. The server must/,
    );
  });

  test('a chat server without prompt_logprobs is an error', async () => {
    const model = await modelAt(() => ({ json: chatAnswer('x') }));
    const error = await errorOf(model.score({ prompt: question, continuations: ['A'] }));
    expect(error.message).toMatch(/score at .*: the answer holds no prompt_logprobs/);
  });

  test('a continuation without a token of its own is an error', async () => {
    const model = await modelAt(echo);
    const error = await errorOf(model.score({ prompt: 'The answer is', continuations: [''] }));
    expect(error.message).toMatch(/the continuation "" adds no token/);
    expect(error.field).toBe('continuations');
  });
});

test.each([
  [{ url: 'localhost:8000' }, /endpointModel: url: expected a URL such as http:\/\/localhost:8000\/v1/],
  [{ url: 'https://me:secret@host/v1' }, /endpointModel: url: a user name, password or query cannot be used/],
  [
    { url: 'https://host/v1?key=secret' },
    /endpointModel: url: a user name, password or query cannot be used/,
  ],
  [{ timeout: 400 }, /endpointModel: timeout: Node waits for no answer longer than 300 s/],
  [{ concurrency: 0 }, /endpointModel: concurrency: /],
])('the option in %j is refused', (options, message) => {
  expect(() => endpointModel({ url: 'http://localhost/v1', model: 'tiny', ...options })).toThrow(message);
});
