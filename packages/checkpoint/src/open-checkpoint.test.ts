import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCheckpoint } from './open-checkpoint.js';
import { writeSafetensors } from './safetensors/write-safetensors.js';
import { readTensor } from './tensors/read-tensor.js';

const llama = new URL('../../../fixtures/models/llama', import.meta.url).pathname;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'charter-checkpoint-'));
});
afterAll(() => rm(home, { recursive: true }));

const one = { shape: [2], data: Float32Array.of(1, 2) };
const folderWith = async (files: Record<string, string>, shards: Record<string, string[]> = {}) => {
  const folder = await mkdtemp(join(home, 'model-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  for (const [file, names] of Object.entries(shards)) {
    await writeSafetensors(
      join(folder, file),
      names.map(name => [name, one]),
    );
  }
  return folder;
};
const index = (weight_map: Record<string, string>) => ({
  'config.json': '{"model_type":"llama"}',
  'model.safetensors.index.json': JSON.stringify({ metadata: {}, weight_map }),
});

test('a folder with one file of weights', async () => {
  const { config, weights, folder } = await openCheckpoint(llama);
  expect(config).toMatchObject({ model_type: 'llama', hidden_size: 48 });
  expect(folder).toBe(llama);
  const embeddings = weights.get('model.embed_tokens.weight')!;
  expect(embeddings).toMatchObject({ dtype: 'float32', shape: [384, 48] });
  expect(await readTensor(embeddings)).toHaveLength(384 * 48);
});

test('a folder with shards', async () => {
  const folder = await folderWith(index({ b: 'two.safetensors', a: 'one.safetensors' }), {
    'one.safetensors': ['a', 'unlisted'],
    'two.safetensors': ['b'],
  });
  const { weights } = await openCheckpoint(folder);
  expect([...weights.keys()]).toEqual(['b', 'a']);
  expect(weights.get('b')).toMatchObject({ file: join(folder, 'two.safetensors') });
});

test.each<[string, Record<string, string>, Record<string, string[]>, string]>([
  ['no folder', {}, {}, 'nowhere: is not a model folder that can be read'],
  [
    'no weights',
    { 'config.json': '{}' },
    {},
    ': has no model.safetensors. A model folder in Hugging Face layout',
  ],
  ['an adapter', { 'adapter_config.json': '{}' }, {}, 'It holds an adapter: give its base model here.'],
  ['a GGUF file', { 'm.gguf': '' }, {}, "Give the file itself: pull('…/m.gguf') converts it."],
  [
    'a pickle',
    { 'pytorch_model.bin': '' },
    {},
    'Its weights are in PyTorch’s pickle format, which can run code',
  ],
  ['no config', {}, { 'model.safetensors': ['a'] }, ': has no config.json'],
  ['bad config', { 'config.json': '{' }, { 'model.safetensors': ['a'] }, 'config.json: is not valid JSON'],
  [
    'a missing shard',
    index({ a: 'one.safetensors' }),
    {},
    'index.json: tensor "a": should be in one.safetensors, but the folder has no file of that name.',
  ],
  [
    'a missing tensor',
    index({ a: 'one.safetensors' }),
    { 'one.safetensors': ['b'] },
    'one.safetensors: tensor "a": is missing, though model.safetensors.index.json places it here.',
  ],
  [
    'a bad index',
    { 'model.safetensors.index.json': '{"weight_map":[]}' },
    {},
    'index.json: has no weight_map',
  ],
])('%s is named', async (what, files, shards, message) => {
  const folder = what === 'no folder' ? join(home, 'nowhere') : await folderWith(files, shards);
  await expect(openCheckpoint(folder)).rejects.toThrow(message);
});

test.each(['../outside.safetensors', 'sub/inside.safetensors', '/etc/hostname'])(
  'an index cannot lead out of the folder: %s',
  async shard => {
    const folder = await folderWith(index({ a: shard }));
    await writeSafetensors(join(home, 'outside.safetensors'), [['a', one]]);
    await mkdir(join(folder, 'sub'));
    await cp(join(home, 'outside.safetensors'), join(folder, 'sub/inside.safetensors'));
    await expect(openCheckpoint(folder)).rejects.toThrow(`should be in ${shard}, but the folder has no file`);
  },
);

test('weights in 8 bits are refused, other buffers do not matter', async () => {
  const write = async (name: string) => {
    const json = Buffer.from(JSON.stringify({ [name]: { dtype: 'I8', shape: [1], data_offsets: [0, 1] } }));
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(json.length));
    const folder = await folderWith({ 'config.json': '{}' });
    await writeFile(join(folder, 'model.safetensors'), Buffer.concat([prefix, json, Buffer.alloc(1)]));
    return folder;
  };
  await expect(openCheckpoint(await write('a.weight'))).rejects.toThrow(
    'model.safetensors: tensor "a.weight": is stored as I8; float32, float16 and bfloat16 can be read.',
  );
  expect((await openCheckpoint(await write('a.mask'))).weights.size).toBe(0);
});
