import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { printable } from './http/printable.js';
import { type ScriptedModel, scriptedModel } from './scripted-model.fixture.js';
import { type RunningServer, type ServedRequest, type ServeOptions, serve } from './serve.js';

const words = ['A', ' kiwi', ' cannot', ' fly', '.'];
const messages = [{ role: 'user', content: 'Which bird cannot fly?' }];
let server: RunningServer;
let log: ServedRequest[];
afterEach(async () => server?.close({ seconds: 0 }));

const start = async (
  options: Partial<ServeOptions> = {},
  model = scriptedModel('m', words),
): Promise<ScriptedModel> => {
  log = [];
  server = await serve({ models: [model], onRequest: request => log.push(request), ...options });
  return model;
};
const post = (body: unknown, { path = '/completions', ...init }: RequestInit & { path?: string } = {}) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
const errorOf = async (answer: Promise<Response>) => {
  const response = await answer;
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
  return { status: response.status, ...error };
};
/** Sends bytes as they are, and resolves to everything that comes back until the connection is closed. */
const raw = async (pieces: readonly (string | number)[]): Promise<string> => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let said = '';
  socket.on('data', chunk => {
    said += chunk;
  });
  const closed = new Promise<void>(resolve => {
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
  for (const piece of pieces) {
    if (typeof piece === 'number') await sleep(piece);
    else socket.write(piece);
  }
  await closed;
  return said;
};

describe('a hostile request is refused in the API’s form', () => {
  test('millions of choices in a few kilobytes, without one being written', async () => {
    const model = await start();
    const prompt = Array.from({ length: 20_000 }, () => 'a');
    expect(await errorOf(post({ model: 'm', prompt, n: 128 }))).toMatchObject({
      status: 400,
      param: 'prompt',
    });
    expect(await errorOf(post({ model: 'm', prompt: prompt.slice(0, 2000), n: 128 }))).toMatchObject({
      status: 400,
      param: 'n',
    });
    expect(model.seen).toHaveLength(0);
  });

  test('a body that is too large: declared, or sent in chunks', async () => {
    await start();
    expect(await errorOf(post('x'.repeat(9 << 20)))).toMatchObject({ status: 413 });
    const chunk = `${(1 << 20).toString(16)}\r\n${'x'.repeat(1 << 20)}\r\n`;
    const head =
      'POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    const end = `0\r\n\r\nGET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
    const said = await raw([head, ...Array.from({ length: 10 }, () => chunk), end]);
    expect(said).toMatch(/^HTTP\/1\.1 413 .*"invalid_request_error"/s);
  });

  test('a body that trickles', async () => {
    await start({ body_timeout: 0.2 });
    const head =
      'POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';
    const begin = performance.now();
    const said = raw([head, '{', 50, '"', 50, 'm', 50, 'o', 50, 'd', 50, 'e']);
    await vi.waitFor(() => expect(log).toHaveLength(1));
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(log[0]).toMatchObject({ status: 408 });
    await server.close({ seconds: 0 });
    expect(await said).toMatch(/^HTTP\/1\.1 408 .*did not come within 0\.2 s/s);
  });

  test.each([
    ['{"model":', 400],
    ['['.repeat(100_000), 400],
    [`{"model":"m","prompt":"a","metadata":${'['.repeat(80)}${']'.repeat(80)}}`, 400],
    ['null', 400],
    ['[]', 400],
    [JSON.stringify({ model: 'm', prompt: 'a', stop: Array.from({ length: 200_000 }, () => 'x') }), 400],
    [JSON.stringify({ model: 'x'.repeat(100_000), prompt: 'a' }), 404],
  ])('%.30s', async (body, status) => {
    await start();
    const error = await errorOf(post(body));
    expect(error.status).toBe(status);
    expect(`${(error as Record<string, unknown>).message}`.length).toBeLessThan(600);
  });

  test('a broken percent sign in a path', async () => {
    await start();
    expect(await errorOf(fetch(`${server.url}/models/%E0%A4%A`))).toMatchObject({ status: 400 });
  });

  test('what is no HTTP', async () => {
    await start();
    expect(await raw(['\u0000\u0001 nonsense\r\n\r\n'])).toMatch(
      /^HTTP\/1\.1 400 .*"invalid_request_error"/s,
    );
    expect(await raw([`GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`])).toMatch(/^HTTP\/1\.1 431 /);
  });
});

test('the log gets no control characters of a client', async () => {
  await start();
  await post({ model: 'm', prompt: 'a', '\u001b[2Jgone': 1 });
  await post('\u001b]0;title\u0007');
  expect(log).toHaveLength(2);
  for (const { error } of log) expect(error).toBe(printable(error!));
  expect(log[0]!.error).toContain('\\u001b[2Jgone');
});

describe('a web page whose domain points to this machine', () => {
  const ask = (host: string) =>
    new Promise<number>(resolve => {
      const { port } = new URL(server.url);
      httpRequest({ host: '127.0.0.1', port, path: '/v1/models', headers: { host } }, response =>
        resolve(response.resume().statusCode!),
      ).end();
    });

  test('is refused, but not the names of this machine, nor those that were allowed', async () => {
    await start({ allowed_hosts: ['models.example'] });
    expect(await ask('evil.example')).toBe(403);
    expect(await ask('localhost.evil.example:8000')).toBe(403);
    for (const host of [
      'localhost:8000',
      '127.0.0.1',
      '[::1]:8000',
      '192.168.1.7:80',
      'MODELS.example:8000',
    ]) {
      expect(await ask(host)).toBe(200);
    }
  });

  test('knows no key, so that with one every name will do', async () => {
    await start({ api_key: 'secret' });
    expect(await ask('proxy.example')).toBe(401);
  });
});

describe('many at once', () => {
  test('beyond max_requests clients are told to come back', async () => {
    await start({ max_requests: 2 }, scriptedModel('m', words, { delay: 50 }));
    const answers = await Promise.all([1, 2, 3, 4].map(() => post({ model: 'm', prompt: 'a' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429]);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({
      error: { type: 'rate_limit_exceeded', code: 'server_busy' },
    });
    expect((await post({ model: 'm', prompt: 'a' })).status).toBe(200);
  });

  test('an honest client is answered while others ask for thousands of choices', async () => {
    const model = await start({}, scriptedModel('m', words, { delay: 2 }));
    const leave = new AbortController();
    const hostile = Array.from({ length: 20 }, () =>
      post({ model: 'm', prompt: 'a', n: 128, max_tokens: 5 }, { signal: leave.signal }).catch(
        () => undefined,
      ),
    );
    await vi.waitFor(() => expect(model.most).toBe(5));
    for (let i = 0; i < 5; i++) {
      const begin = performance.now();
      expect((await post({ model: 'm', messages }, { path: '/chat/completions' })).status).toBe(200);
      expect(performance.now() - begin).toBeLessThan(2000);
    }
    // Clients that leave take their choices with them.
    leave.abort();
    await Promise.all(hostile);
    await sleep(100);
    const seen = model.seen.length;
    await sleep(100);
    expect(model.seen.length).toBe(seen);
    expect(seen).toBeLessThan(20 * 128);
    expect(model.most).toBe(5);
  });

  test('a choice that fails ends the others of its request', async () => {
    const model = await start(
      {},
      scriptedModel('m', words, { delay: 5, fails: new Error('the engine broke') }),
    );
    expect(await errorOf(post({ model: 'm', prompt: 'a', n: 100 }))).toMatchObject({ status: 500 });
    await sleep(50);
    expect(model.seen.length).toBeLessThan(20);
  });
});
