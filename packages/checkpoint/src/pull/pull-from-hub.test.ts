import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openCheckpoint } from '../open-checkpoint.js';
import { hubFromEnvironment } from './hub.js';
import { pull } from './pull.js';
import type { PullProgress } from './pull-options.js';
import { type FakeHub, repo, startFakeHub } from './testing/fake-hub.js';

const llama = new URL('../../../../fixtures/models/llama/', import.meta.url).pathname;
const qwen2 = new URL('../golden/qwen2.gguf', import.meta.url).pathname;
let hub: FakeHub;
let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'charter-hub-'));
  hub = await startFakeHub();
  for (const name of await readdir(llama)) hub.files.set(name, await readFile(join(llama, name)));
  vi.stubEnv('HF_ENDPOINT', `${hub.endpoint}/`);
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(cache, { recursive: true });
});

const weights = 'model.safetensors';
const requestsOf = (name: string) =>
  hub.requests.filter(({ path, host }) => host === 'cdn' && path.includes(name));
const refusal = async (model = repo, options = {}) => {
  const error = await pull(model, { cache, ...options }).catch((error: Error) => error);
  expect(error).toBeInstanceOf(Error);
  return (error as Error).message.replaceAll(hub.endpoint, 'HUB');
};
const same = async (folder: string) => {
  for (const name of await readdir(folder)) {
    expect((await readFile(join(folder, name))).equals(hub.files.get(name)!)).toBe(true);
  }
};

test('a model comes whole, without the files that are not needed', async () => {
  for (const name of [
    'README.md',
    'consolidated.safetensors',
    'model.fp16.safetensors',
    'pytorch_model.bin',
  ]) {
    hub.files.set(name, Buffer.from(name));
  }
  const progress: PullProgress[] = [];
  const folder = await pull(repo, { cache, onProgress: step => progress.push(step) });
  expect((await readdir(folder)).sort()).toEqual((await readdir(llama)).sort());
  await same(folder);
  expect((await openCheckpoint(folder)).weights.size).toBeGreaterThan(0);
  const size = hub.files.get(weights)!.length;
  expect(progress).toContainEqual({ step: 'download', what: weights, done: size, total: size });
});

test('shards come with their index, but not beside one whole file', async () => {
  const shard = hub.files.get(weights)!;
  hub.files.set('model-00001-of-00001.safetensors', shard);
  hub.files.set('model.safetensors.index.json', Buffer.from('{}'));
  expect(await readdir(await pull(repo, { cache }))).not.toContain('model.safetensors.index.json');
  hub.files.delete(weights);
  hub.commit = 'b'.repeat(40);
  const names = await readdir(await pull(repo, { cache }));
  expect(names).toContain('model.safetensors.index.json');
  expect(names).toContain('model-00001-of-00001.safetensors');
});

test('what is there is not fetched again, and a new commit is', async () => {
  const first = await pull(repo, { cache });
  hub.requests.length = 0;
  expect(await pull(repo, { cache })).toBe(first);
  expect(hub.requests.filter(({ path }) => path.includes('resolve'))).toEqual([]);
  hub.commit = 'c'.repeat(40);
  hub.files.set('config.json', Buffer.from('{"new":true}'));
  const second = await pull(repo, { cache });
  expect(await readFile(join(second, 'config.json'), 'utf8')).toBe('{"new":true}');
  expect(await readFile(join(first, 'config.json'), 'utf8')).not.toContain('new');
});

test('a GGUF file of a repository is fetched and converted', async () => {
  hub.files.set('q.gguf', await readFile(qwen2));
  const { config } = await openCheckpoint(await pull(`${repo}/q.gguf`, { cache }));
  expect(config).toMatchObject({ model_type: 'qwen2' });
  expect(await refusal(`${repo}/r.gguf`)).toBe(
    'org/tiny/r.gguf: is not in that repository.\nGGUF files in it: q.gguf.',
  );
  hub.files.delete(weights);
  expect(await refusal()).toContain('It has GGUF files; name one of them: org/tiny/q.gguf.');
});

describe('a bad connection', () => {
  test('that breaks off is taken up where it broke', async () => {
    hub.faults.set(weights, { cutAfter: 100_000, cuts: 2 });
    await same(await pull(repo, { cache }));
    const starts = requestsOf(weights).map(({ range }) => Number(/\d+/.exec(range ?? '0')![0]));
    expect(starts).toHaveLength(3);
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1]!);
  });

  test('that is stopped is taken up by the next run', async () => {
    const controller = new AbortController();
    const stopped = pull(repo, {
      cache,
      signal: controller.signal,
      onProgress: ({ what, done }) => what === weights && done > 0 && controller.abort(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrow('stopped');
    hub.requests.length = 0;
    await same(await pull(repo, { cache }));
    expect(requestsOf(weights)[0]!.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test('that never brings a byte is given up', async () => {
    hub.faults.set(weights, { cutAfter: 0, cuts: 99 });
    expect(await refusal()).toMatch(/could not be fetched\.\n- HUB\/org\/tiny at main: /);
    expect(requestsOf(weights)).toHaveLength(3);
  });

  test('to a server that does not know ranges starts over', async () => {
    hub.faults.set(weights, { cutAfter: 100_000, cuts: 1, ignoresRange: true });
    await same(await pull(repo, { cache }));
  });

  test('with a server that is busy is tried again', async () => {
    hub.faults.set(weights, { status: 503, statuses: 2 });
    await same(await pull(repo, { cache }));
  });

  test('bytes with another checksum are thrown away', async () => {
    hub.faults.set(weights, { wrong: 9 });
    expect(await refusal()).toContain(
      'has another checksum than the hub or Charter states, and was thrown away',
    );
    const folder = join(cache, 'hub', 'org--tiny', hub.commit);
    expect((await readdir(folder)).filter(name => name.startsWith(weights))).toEqual([]);
    hub.faults.set('config.json', { wrong: 9 });
    hub.commit = 'e'.repeat(40);
    expect(await refusal()).toContain('config.json has another checksum');
  });

  test('a part that is wrong from an earlier run does not spoil the next', async () => {
    const folder = join(cache, 'hub', 'org--tiny', hub.commit);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${weights}.incomplete`), 'not what the hub has');
    await same(await pull(repo, { cache }));
    expect(requestsOf(weights).map(({ range }) => range)).toEqual(['bytes=20-', undefined]);
  });
});

test('two pulls at once fetch each file once', async () => {
  const [a, b] = await Promise.all([pull(repo, { cache }), pull(repo, { cache })]);
  expect(a).toBe(b);
  await same(a);
  expect(requestsOf(weights)).toHaveLength(1);
});

describe('a hub that refuses', () => {
  test('for want of a token, which goes to it and to nobody else', async () => {
    hub.token = 'hf_secret';
    expect(await refusal()).toBe(
      [
        'org/tiny: could not be fetched.',
        '- HUB/org/tiny at main: access was denied (401): there is no such model, or it needs a token in HF_TOKEN',
        'Give a local folder or .gguf file as the model, or set HF_ENDPOINT to a hub that can be reached.',
      ].join('\n'),
    );
    vi.stubEnv('HF_TOKEN', 'hf_other');
    const message = await refusal();
    expect(message).toContain('access was denied (401) with the token in HF_TOKEN');
    expect(message).not.toContain('hf_other');
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    hub.requests.length = 0;
    await same(await pull(repo, { cache }));
    expect(
      hub.requests.filter(({ host }) => host === 'hub').every(r => r.authorization === 'Bearer hf_secret'),
    ).toBe(true);
    expect(requestsOf(weights).map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test('the files of a gated model, though it lists them', async () => {
    hub.faults.set(weights, { status: 403, statuses: 9 });
    expect(await refusal()).toContain(
      '- HUB/org/tiny at main: access was denied (403): there is no such model, or it',
    );
    expect(requestsOf(weights)).toHaveLength(1);
  });

  test('a model that it does not have', async () => {
    expect(await refusal('org/other')).toContain(
      'HUB/org/other at main: there is no such model, revision or file (404)',
    );
    expect(await refusal(repo, { revision: 'v2' })).toContain(
      'at v2: there is no such model, revision or file (404)',
    );
  });
});

describe('without the hub', () => {
  test('the cache is used: when asked to, or with a word about it', async () => {
    const folder = await pull(repo, { cache });
    await hub.close();
    expect(await pull(repo, { cache, offline: true })).toBe(folder);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await pull(repo, { cache })).toBe(folder);
    vi.stubEnv('HF_HUB_OFFLINE', '');
    const progress: PullProgress[] = [];
    expect(await pull(repo, { cache, onProgress: step => progress.push(step) })).toBe(folder);
    expect(progress).toEqual([
      { step: 'use the cache', what: 'org/tiny (the connection was refused)', done: 0, total: undefined },
    ]);
    hub = await startFakeHub();
  });

  test('a commit that is in the cache needs no hub', async () => {
    const revision = hub.commit;
    const folder = await pull(repo, { cache, revision });
    hub.requests.length = 0;
    expect(await pull(repo, { cache, revision })).toBe(folder);
    expect(hub.requests).toEqual([]);
  });

  test('what is not there is said', async () => {
    expect(await refusal(repo, { offline: true })).toBe(
      [
        'org/tiny: is not in the cache, and fetching is switched off (offline, HF_HUB_OFFLINE).',
        'Give a local folder or .gguf file as the model, or set HF_ENDPOINT to a hub that can be reached.',
      ].join('\n'),
    );
  });
});

test('a list of files cannot lead out of the cache', async () => {
  const entry = (path: string) => ({ type: 'file', path, size: 3, oid: 'f'.repeat(40) });
  hub.extraEntries = ['../../evil.json', '/etc/config.json', 'sub/../config.json', '__proto__'].map(entry);
  const folder = await pull(repo, { cache });
  expect((await readdir(folder)).sort()).toEqual((await readdir(llama)).sort());
  expect(await refusal(repo, { revision: '../../x' })).toContain('"../../x" is no revision.');
  for (const model of ['../x', 'a/../b', 'org/..', 'a/b/../c.gguf', '.hidden/x']) {
    expect(await refusal(model)).toContain('there is no such folder or file, and it is no name of a model.');
  }
});

test('the endpoint is Hugging Face’s unless the environment names one', () => {
  vi.stubEnv('HF_ENDPOINT', '');
  expect(hubFromEnvironment(1).endpoint).toBe('https://huggingface.co');
});
