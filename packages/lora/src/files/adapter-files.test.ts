import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors } from '@charter/checkpoint';
import { expect, test } from 'vitest';
import { LoraError } from '../errors.js';
import { fixture, modulesOf } from '../testing/fixtures.js';
import { type AdapterToSave, adapterFiles } from './adapter-files.js';
import { loadAdapter } from './load-adapter.js';
import { parseAdapter } from './parse-adapter.js';
import { saveAdapter } from './save-adapter.js';

const modules = await modulesOf('llama');
const { folder: _, ...loaded } = await loadAdapter(fixture('adapters/llama-dora'), modules);
const adapter: AdapterToSave = { ...loaded, baseModel: 'org\\models/tiny-llama/' };

test('an adapter in memory has the files that a saved one has, byte for byte', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'adapter-'));
  try {
    await saveAdapter(folder, adapter);
    const files = adapterFiles(adapter);
    expect([...files.keys()].sort()).toEqual((await readdir(folder)).sort());
    for (const [name, bytes] of files)
      expect((await readFile(join(folder, name))).equals(bytes), name).toBe(true);
    expect(new TextDecoder().decode(files.get('README.md'))).toContain('# LoRA adapter for tiny-llama\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('it comes back from its bytes', async () => {
  const files = adapterFiles(adapter);
  const opened = {
    config: JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))),
    tensors: parseSafetensors(files.get('adapter_model.safetensors')!),
  };
  const { config, ...parsed } = await parseAdapter(opened, modules);
  expect(parsed).toEqual({ targets: loaded.targets, tensors: loaded.tensors });
  expect(config).toMatchObject({ r: loaded.config.r, use_dora: true });
});

test('one that lacks a tensor has no files', () => {
  const tensors = new Map([...loaded.tensors].slice(1));
  expect(() => adapterFiles({ ...adapter, tensors })).toThrow(LoraError);
  expect(() => adapterFiles({ ...adapter, tensors })).toThrow(/^the adapter: these tensors do not fit/);
});
