import { afterEach, expect, test, vi } from 'vitest';
import { hubFromEnvironment } from './hub.js';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['HF_TOKEN', 'hf_SECRET\nX: y'],
  ['HF_TOKEN', 'hf_SECRET '],
  ['HF_ENDPOINT', 'http://user:SECRET@127.0.0.1:9'],
  ['HF_ENDPOINT', 'http://127.0.0.1:9/?token=SECRET'],
  ['HF_ENDPOINT', 'SECRET'],
])('%s %j is refused, and no part of it is shown', (name, value) => {
  vi.stubEnv(name, value);
  const message = (() => {
    try {
      return `taken: ${hubFromEnvironment(1000).endpoint}`;
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(message).toMatch(new RegExp(`^${name}: `));
  expect(message).not.toContain('SECRET');
});

test('the address of a mirror and an ordinary token are taken', () => {
  vi.stubEnv('HF_ENDPOINT', 'https://mirror.example/hf/');
  vi.stubEnv('HF_TOKEN', 'hf_abcDEF123');
  expect(hubFromEnvironment(1000)).toMatchObject({
    endpoint: 'https://mirror.example/hf',
    token: 'hf_abcDEF123',
  });
});
