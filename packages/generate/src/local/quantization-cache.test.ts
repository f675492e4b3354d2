import { copyFile, mkdir, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, quantizeModel, quantizeModelCached } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openModel, tinyModel } from './fixture-model.fixture.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime();
});
afterAll(() => runtime.dispose());

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'charter-quantized-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const kept = async () => (await readdir(join(cache, 'quantized'))).sort();

test.each(['4bit', '8bit'] as const)(
  'a model in %s from the disk writes and scores what one rounded in memory does',
  async bits => {
    const llama = await openModel('llama');
    const inMemory = await tinyModel(runtime, 'llama', { model: await quantizeModel(llama, bits) });
    const onDisk = await tinyModel(runtime, 'llama', {
      model: await quantizeModelCached(llama, bits, { cache }),
    });
    const request = { prompt: 'The river bends', max_new_tokens: 12, temperature: 0 };
    expect(await onDisk.generate(request)).toEqual(await inMemory.generate(request));
    const ids = [5, 17, 40, 8, 99];
    expect(await onDisk.scoreIds(ids)).toEqual(await inMemory.scoreIds(ids));
    await inMemory.dispose();
    await onDisk.dispose();
  },
);

test('weights are rounded once; other bits, and a file that has changed, are others', async () => {
  const folder = join(cache, 'model');
  const model = await copyOfModel(folder);
  let rounded = 0;
  const count = () => {
    rounded += 1;
  };
  const options = { cache, onProgress: count };
  const first = await quantizeModelCached(model, '4bit', options);
  const once = rounded;
  expect(once).toBeGreaterThan(1);
  expect(await quantizeModelCached(model, '4bit', options)).toEqual(first);
  expect(rounded).toBe(once);
  await quantizeModelCached(model, '8bit', options);
  expect(rounded).toBe(2 * once);
  await utimes(join(folder, 'model.safetensors'), new Date(), new Date(Date.now() - 5000));
  await quantizeModelCached(model, '4bit', options);
  expect(rounded).toBe(3 * once);
  expect(await kept()).toHaveLength(3);
});

test('two that ask at the same time get the same, and leave one folder', async () => {
  const model = await openModel('llama');
  const [one, other] = await Promise.all([0, 1].map(() => quantizeModelCached(model, '4bit', { cache })));
  expect(one).toEqual(other);
  expect(await kept()).toHaveLength(1);
});

test('one that is stopped leaves nothing; what a killed one left, or damaged, is not used', async () => {
  const model = await openModel('llama');
  const stop = new AbortController();
  const stopped = quantizeModelCached(model, '4bit', {
    cache,
    signal: stop.signal,
    onProgress: done => done === 2 && stop.abort(new Error('enough')),
  });
  await expect(stopped).rejects.toThrow('enough');
  expect(await kept()).toEqual([]);

  const whole = await quantizeModelCached(model, '4bit', { cache });
  const [folder] = await kept();
  const file = join(cache, 'quantized', folder!, 'weights.bin');
  const { size } = await stat(file);
  await truncate(file, size - 1);
  expect(await quantizeModelCached(model, '4bit', { cache })).toEqual(whole);
  expect((await stat(file)).size).toBe(size);
  await writeFile(join(cache, 'quantized', folder!, 'index.json'), '{');
  expect(await quantizeModelCached(model, '4bit', { cache })).toEqual(whole);
  expect(await kept()).toEqual([folder]);
});

/** A copy whose file may be touched. */
const copyOfModel = async (folder: string) => {
  const { weights } = await openModel('llama');
  const stored = [...weights.values()].find(weight => 'file' in weight);
  if (!stored || !('file' in stored)) throw new Error('the fixture lies in a file');
  const source = join(stored.file, '..');
  await mkdir(folder);
  for (const name of await readdir(source)) await copyFile(join(source, name), join(folder, name));
  return loadModel(folder);
};
