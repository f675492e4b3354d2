import type { Message } from '@charter/core';
import { afterEach, expect, test } from 'vitest';

import { endpointModel } from './endpoint-model.js';
import {
  chatAnswer,
  type FakeEndpoint,
  fakeEndpoint,
  type Reply,
  type SeenRequest,
} from './fake-endpoint.fixture.js';

const question: Message[] = [{ role: 'user', content: 'Which bird cannot fly?' }];
const open: Message[] = [...question, { role: 'assistant', content: 'The answer is: ' }];
let server: FakeEndpoint | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server with llama.cpp's routes. Letters are tokens, the likelier the earlier in the alphabet. */
const llama = ({ path, body }: SeenRequest): Reply => {
  const code = (text: string) => [...text].map(letter => letter.codePointAt(0)!);
  if (path === '/v1/models') return { json: { object: 'list', data: [{ id: 'm', owned_by: 'llamacpp' }] } };
  if (path === '/apply-template') {
    const messages = body.messages as Message[];
    return { json: { prompt: messages.map(m => `<${m.role}> ${m.content}`).join('\n') } };
  }
  if (path === '/tokenize') return { json: { tokens: code(body.content as string) } };
  if (path === '/completion') {
    const letters = Number(body.n_probs) > 100 ? 'abcdefghijklmnopqrstuvwxyz' : 'abcdefghijklm';
    const top_logprobs = code(letters).map(id => ({ id, logprob: -(id - 96) / 10 }));
    return { json: { completion_probabilities: [{ id: 97, logprob: -0.1, top_logprobs }] } };
  }
  const told = (body.messages as Message[] | undefined)?.at(-1);
  const beginning = told?.role === 'assistant' ? told.content : '';
  return { json: { ...chatAnswer(`${beginning}A kiwi.`), timings: { predicted_n: 3 } } };
};

const modelAt = async (reply: typeof llama) => {
  server = await fakeEndpoint(reply);
  return endpointModel({ url: server.url, model: 'tiny', max_retries: 0 });
};
const requests = (path: string) => server!.seen.filter(seen => seen.path === path).map(({ body }) => body);

test.each([
  ['plain text', 'The answer is: '],
  ['a chat', open],
])('the score of %s comes from llama.cpp’s own routes, next token by next token', async (kind, prompt) => {
  const model = await modelAt(llama);
  const scores = await model.score({ prompt, continuations: ['ab', 'ac', 'z'] });
  expect(scores).toEqual([expect.closeTo(-0.3, 12), expect.closeTo(-0.4, 12), expect.closeTo(-2.6, 12)]);
  // After the prompt, once more for "z", which is not among the most likely ones, and after "a".
  expect(
    requests('/completion')
      .map(({ n_probs }) => n_probs)
      .sort(),
  ).toEqual([1_000_000, 64, 64]);
  expect(requests('/completion')[0]).toMatchObject({ n_predict: 1, cache_prompt: true, model: 'tiny' });
  expect(requests('/tokenize')[0]).toMatchObject({ add_special: kind === 'plain text', parse_special: true });

  // Whose server it is, is asked once.
  await model.score({ prompt, continuations: ['ab'] });
  expect(server!.seen.filter(({ path }) => path.startsWith('/v1'))).toHaveLength(1);
});

test('mistakes are named: a continuation without a token, a server that only says it is llama.cpp’s', async () => {
  const model = await modelAt(llama);
  await expect(model.score({ prompt: open, continuations: [''] })).rejects.toThrow(
    'score: the continuation "" adds no token to the prompt.',
  );
  await server!.close();
  const old = await modelAt(seen => (seen.path === '/tokenize' ? { json: {} } : llama(seen)));
  await expect(old.score({ prompt: open, continuations: ['a'] })).rejects.toThrow(
    /score at .*: \/tokenize gave no answer of llama.cpp's server/,
  );
});

test('a turn that goes on is told without its beginning, which llama.cpp repeats', async () => {
  const model = await modelAt(llama);
  expect((await model.generate({ prompt: open })).text).toBe('A kiwi.');
  expect((await model.generate({ prompt: question })).text).toBe('A kiwi.');
});
