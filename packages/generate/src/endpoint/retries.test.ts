import { afterEach, describe, expect, test } from 'vitest';
import { createBudget } from '../budget.js';
import { GenerateError } from '../generate-error.js';
import { endpointModel } from './endpoint-model.js';
import { chatAnswer, type FakeEndpoint, fakeEndpoint, type Reply } from './fake-endpoint.fixture.js';

const prompt = [{ role: 'user' as const, content: 'Which bird cannot fly?' }];
const ok: Reply = { json: chatAnswer('ok') };
let server: FakeEndpoint | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server that gives these answers one after the other, then `ok`; the times of its requests in milliseconds. */
const modelAt = async (replies: Reply[], options: { max_retries?: number; concurrency?: number } = {}) => {
  const begin = performance.now();
  const times: number[] = [];
  server = await fakeEndpoint(() => {
    times.push(performance.now() - begin);
    return replies.shift() ?? ok;
  });
  return { model: endpointModel({ url: server.url, model: 'tiny', ...options }), times };
};
const limited = (headers: Record<string, string>): Reply => ({ status: 429, headers, json: {} });

describe('a rate limit', () => {
  test.each([
    ['retry-after in seconds', { 'retry-after': '0.2' }],
    ['retry-after-ms', { 'retry-after-ms': '200' }],
    [
      'the time until requests are there again',
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '0s200ms' },
    ],
    ['tokens', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '0.2s' }],
  ])('is waited out as the server says: %s', async (_, headers) => {
    const { model, times } = await modelAt([limited(headers)]);
    expect((await model.generate({ prompt })).text).toBe('ok');
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(190);
    expect(times[1]! - times[0]!).toBeLessThan(450);
  });

  test('that one request meets holds the others back as well', async () => {
    const { model, times } = await modelAt([limited({ 'retry-after-ms': '250' })], { concurrency: 1 });
    await Promise.all([model.generate({ prompt }), model.generate({ prompt })]);
    expect(times.slice(1).every(time => time - times[0]! >= 240)).toBe(true);
  });

  test('that a good answer announces is kept before the next request is refused', async () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '200ms' };
    const { model, times } = await modelAt([{ headers, json: chatAnswer('first') }]);
    await model.generate({ prompt });
    await model.generate({ prompt });
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(190);
  });

  test('of a day is an error that says how long', async () => {
    const { model } = await modelAt([limited({ 'retry-after': '86400' })]);
    await expect(model.generate({ prompt })).rejects.toThrow(
      /the server asks to wait 86400 s, which is too long/,
    );
  });
});

describe('an answer that broke', () => {
  const page =
    (type: string, text: string): Reply =>
    response => {
      response.writeHead(200, { 'content-type': type });
      response.end(text);
    };
  test.each<[string, Reply]>([
    ['broken JSON', page('application/json', '{"choices": [')],
    ['a page', page('text/html', '<html>')],
    ['a failing server', { status: 500, json: {} }],
    ['a lost connection', response => response.destroy()],
    ['no end', { json: chatAnswer('half', null) }],
  ])('is asked for again: %s', async (_, reply) => {
    const { model } = await modelAt([reply]);
    expect((await model.generate({ prompt })).text).toBe('ok');
  });

  test('is not asked for again once a part of it was passed on', async () => {
    const cut: Reply = { events: [{ choices: [{ delta: { content: 'A ki' } }] }] };
    const { model, times } = await modelAt([cut]);
    const pieces: string[] = [];
    await expect(model.generate({ prompt, onToken: text => pieces.push(text) })).rejects.toThrow(/broke off/);
    expect({ pieces, asked: times.length }).toEqual({ pieces: ['A ki'], asked: 1 });
  });

  test('with counts that are none counts as not counted', async () => {
    const usage = { prompt_tokens: -5, completion_tokens: 'many' };
    const { model } = await modelAt([{ json: { ...chatAnswer('ok'), usage } }]);
    expect((await model.generate({ prompt })).usage).toEqual({ prompt_tokens: 0, completion_tokens: 0 });
  });

  test('a request that is wrong is sent once', async () => {
    const { model, times } = await modelAt([{ status: 400, json: { error: { message: 'no' } } }]);
    await expect(model.generate({ prompt })).rejects.toThrow(GenerateError);
    expect(times).toHaveLength(1);
  });
});

describe('a budget', () => {
  test('of tokens lets nothing begin that might go beyond it, over all models together', async () => {
    const { model, times } = await modelAt([]);
    // Each request may take 8 + 10 tokens, and takes 11 + 3.
    const budget = createBudget({ tokens: 40 });
    const [a, b] = [budget.limit(model), budget.limit(model)];
    await a.generate({ prompt, max_new_tokens: 10 });
    await b.generate({ prompt, max_new_tokens: 10 });
    const error = await a.generate({ prompt, max_new_tokens: 10 }).catch(reason => reason);
    expect(error).toMatchObject({ field: 'budget' });
    expect(error.message).toMatch(
      /^The budget is spent \(28 of 40 tokens; the next request might go beyond it\)/,
    );
    expect(times).toHaveLength(2);
    expect(budget.spent()).toEqual({ prompt_tokens: 22, completion_tokens: 6, cost: 0 });
  });

  test('counts what is in flight', async () => {
    const { model, times } = await modelAt([]);
    const limited = createBudget({ tokens: 40 }).limit(model);
    const results = await Promise.allSettled(
      [1, 2, 3, 4].map(() => limited.generate({ prompt, max_new_tokens: 10 })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(times).toHaveLength(2);
  });

  test('of money counts prompts and texts at their prices', async () => {
    const { model } = await modelAt([]);
    const budget = createBudget({ cost: 0.00005, prices: { prompt: 1, completion: 4 } });
    const limited = budget.limit(model);
    await limited.generate({ prompt, max_new_tokens: 10 });
    expect(budget.spent().cost).toBeCloseTo((11 * 1 + 3 * 4) / 1e6, 12);
    await expect(limited.generate({ prompt, max_new_tokens: 10 })).rejects.toThrow(
      /0\.0000230 of 0\.00005 in money/,
    );
  });

  test('of money without prices is refused', () => {
    expect(() => createBudget({ cost: 1 })).toThrow(/a cost needs prices/);
    expect(() => createBudget({})).toThrow(/give tokens or cost/);
  });
});
