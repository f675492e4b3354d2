import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCheckpoint } from '../../open-checkpoint.js';
import { readTensor } from '../../tensors/read-tensor.js';
import { convertGguf } from '../convert-gguf.js';
import { openGguf } from '../open-gguf.js';
import { exportGguf } from './export-gguf.js';
import { tensorType } from './tensor-type.js';

const fixture = (name: string) => new URL(`../../../../../fixtures/models/${name}`, import.meta.url).pathname;
const json = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'charter-export-gguf-'));
});
afterAll(() => rm(home, { recursive: true }));

/** A copy of a fixture with other values in its config.json. */
const changed = async (name: string, changes: object): Promise<string> => {
  const folder = await mkdtemp(join(home, `${name}-`));
  await cp(fixture(name), folder, { recursive: true });
  const config = await json(join(folder, 'config.json'));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, ...changes }));
  return folder;
};

const exported = async (folder: string) => {
  const file = join(await mkdtemp(join(home, 'file-')), 'model.gguf');
  await exportGguf(folder, file, { type: 'f32' });
  return file;
};

// The reader was made from files that llama.cpp's own converter wrote.
test.each([
  ['llama', {}],
  ['llama-untied-rope3', {}],
  ['qwen2', {}],
  ['qwen3', {}],
  ['gemma3', { query_pre_attn_scalar: 16 }],
])('%s comes back as the same weights, configuration and tokens', async (name, changes) => {
  const folder = await changed(name, changes);
  const again = await mkdtemp(join(home, 'again-'));
  await convertGguf(await exported(folder), again);

  const [before, after] = await Promise.all([openCheckpoint(folder), openCheckpoint(again)]);
  expect([...after.weights.keys()].sort()).toEqual([...before.weights.keys()].sort());
  for (const [key, stored] of before.weights) {
    const [a, b] = [await readTensor(stored), await readTensor(after.weights.get(key)!)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!))), key).toBeLessThan(1e-6);
  }
  const [config, written] = [before.config, after.config] as Record<string, unknown>[];
  const fields = ['model_type', 'vocab_size', 'hidden_size', 'head_dim', 'rms_norm_eps', 'eos_token_id'];
  for (const field of [...fields, 'num_key_value_heads', 'max_position_embeddings', 'sliding_window'])
    if (field in config!) expect(written![field] ?? null, field).toEqual(config![field] ?? null);
  if (name === 'llama-untied-rope3') expect(written!.rope_scaling).toEqual(config!.rope_scaling);
  const ids = async (at: string) =>
    new Tokenizer(
      await json(join(at, 'tokenizer.json')),
      await json(join(at, 'tokenizer_config.json')),
    ).encode('Wings 1234, they’re <|im_end|>\n\n über.').ids;
  expect(await ids(again)).toEqual(await ids(folder));
});

test('matrices whose rows are no multiple of a block take the type that llama.cpp falls back to', () => {
  const model = { layers: 16, tied: true };
  const type = (name: string, columns: number, file: 'q4_k_m' | 'q4_0' | 'q8_0') =>
    tensorType(name, [8, columns], file, model);
  expect(type('blk.3.attn_q.weight', 512, 'q4_k_m')).toBe('Q4_K');
  expect(type('blk.3.attn_q.weight', 576, 'q4_k_m')).toBe('Q5_0');
  expect([0, 1, 2, 3, 4, 5, 13, 14].map(i => type(`blk.${i}.ffn_down.weight`, 512, 'q4_k_m'))).toEqual([
    'Q6_K',
    'Q6_K',
    'Q4_K',
    'Q4_K',
    'Q6_K',
    'Q4_K',
    'Q6_K',
    'Q6_K',
  ]);
  expect(type('blk.0.attn_v.weight', 576, 'q4_k_m')).toBe('Q8_0');
  expect(type('token_embd.weight', 576, 'q4_0')).toBe('Q8_0');
  expect(type('token_embd.weight', 512, 'q4_0')).toBe('Q6_K');
  expect(type('blk.0.attn_q.weight', 48, 'q8_0')).toBe('F16');
  expect(tensorType('blk.0.attn_norm.weight', [512], 'q4_0', model)).toBe('F32');
});

test('what llama.cpp would compute differently is refused, and named', async () => {
  const refused = async (name: string, changes: object) => exported(await changed(name, changes));
  await expect(refused('gemma3', {})).rejects.toThrow('query_pre_attn_scalar is 24');
  await expect(refused('qwen2', { use_sliding_window: true })).rejects.toThrow('use_sliding_window is true');
  await expect(refused('llama', { model_type: 'mamba' })).rejects.toThrow(
    'model_type is "mamba"; llama, mistral, qwen2',
  );
  await expect(
    refused('llama', { rope_parameters: { rope_type: 'dynamic', factor: 2, rope_theta: 1e4 } }),
  ).rejects.toThrow('rope_type is "dynamic"');
  const folder = await changed('llama', {});
  const tokenizer = await json(join(folder, 'tokenizer.json'));
  tokenizer.pre_tokenizer = { type: 'Whitespace' };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await expect(exported(folder)).rejects.toThrow('cuts text in a way that llama.cpp has no name for');
});

test('a Mistral with a window says its context is the window, which is all that llama.cpp gets right', async () => {
  const { metadata } = await openGguf(await exported(fixture('mistral')));
  expect(metadata.number('llama.context_length')).toBe(8);
});
