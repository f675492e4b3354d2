import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { gguf } from '@huggingface/gguf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportAdapterGguf } from './export-adapter-gguf.js';

const fixture = (name: string) => new URL(`../../../../fixtures/${name}`, import.meta.url).pathname;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'charter-adapter-gguf-'));
});
afterAll(() => rm(home, { recursive: true }));

const exported = async (model: string, adapter: string) => {
  const file = join(home, 'adapter.gguf');
  await exportAdapterGguf({ model: fixture(`models/${model}`), adapter, out: file });
  const { metadata, tensorInfos, tensorDataOffset } = await gguf(file, { allowLocalFile: true });
  const bytes = await readFile(file);
  const tensor = (name: string) => {
    const { shape, offset } = tensorInfos.find(info => info.name === name)!;
    const dims = shape.map(Number).reverse();
    const at = Number(tensorDataOffset + offset);
    const length = dims.reduce((n, d) => n * d, 1);
    return {
      shape: dims,
      data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + at).slice(0, 4 * length)),
    };
  };
  return {
    metadata: metadata as Record<string, unknown>,
    names: tensorInfos.map(({ name }) => name),
    tensor,
  };
};

test('an adapter has the names, alpha and shapes that llama.cpp looks for, with q in its order of rows', async () => {
  const folder = fixture('adapters/llama-all-linear');
  const { metadata, names, tensor } = await exported('llama', folder);
  expect(metadata).toMatchObject({
    'general.architecture': 'llama',
    'general.type': 'adapter',
    'adapter.type': 'lora',
    'adapter.lora.alpha': 8,
  });
  expect(names).toHaveLength(28);
  const stored = (await openSafetensors(join(folder, 'adapter_model.safetensors'))).tensors;
  const original = async (module: string, matrix: 'A' | 'B') => {
    const found = stored.get(`base_model.model.model.layers.1.${module}.lora_${matrix}.weight`)!;
    return { shape: found.shape, data: await readTensor(found) };
  };
  expect(tensor('blk.1.ffn_down.weight.lora_a')).toEqual(await original('mlp.down_proj', 'A'));
  expect(tensor('blk.1.ffn_down.weight.lora_b')).toEqual(await original('mlp.down_proj', 'B'));
  const q = tensor('blk.1.attn_q.weight.lora_b');
  const rows = (await original('self_attn.q_proj', 'B')).data;
  // Rows 0, 1, 2 of a head rotate with those half a head on; llama.cpp wants each pair side by side.
  const { num_attention_heads: heads } = JSON.parse(
    await readFile(fixture('models/llama/config.json'), 'utf8'),
  );
  const half = q.shape[0]! / heads / 2;
  expect(q.data.subarray(4, 8)).toEqual(rows.subarray(half * 4, half * 4 + 4));
});

test('ranks and alphas that differ keep their factors', async () => {
  const folder = fixture('adapters/llama-rslora-patterns');
  const { metadata, tensor, names } = await exported('llama', folder);
  const config = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8'));
  expect(config.use_rslora).toBe(true);
  const stored = (await openSafetensors(join(folder, 'adapter_model.safetensors'))).tensors;
  const down = names.find(
    name => name.endsWith('ffn_down.weight.lora_b') || name.endsWith('attn_v.weight.lora_b'),
  )!;
  const module = down.includes('ffn_down') ? 'mlp.down_proj' : 'self_attn.v_proj';
  const layer = /\d+/.exec(down)![0];
  const before = await readTensor(
    stored.get(`base_model.model.model.layers.${layer}.${module}.lora_B.weight`)!,
  );
  const { shape, data } = tensor(down);
  const scaling = (Number(metadata['adapter.lora.alpha']) / shape[1]!) * (data[0]! / before[0]!);
  const alphas = Object.entries(config.alpha_pattern as Record<string, number>);
  const alpha = alphas.find(([key]) => new RegExp(`(^|\\.)${key}$`).test(`model.layers.${layer}.${module}`));
  expect(scaling).toBeCloseTo((alpha?.[1] ?? config.lora_alpha) / Math.sqrt(shape[1]!), 5);
});

test('what llama.cpp cannot put on a model is refused, with the way out', async () => {
  await expect(exported('llama', fixture('adapters/llama-dora'))).rejects.toThrow('Merge the adapter');
  await expect(exported('llama', fixture('adapters/llama-saved'))).rejects.toThrow('modules_to_save');
});
