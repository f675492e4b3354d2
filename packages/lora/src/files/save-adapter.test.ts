import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openSafetensors } from '@charter/checkpoint';
import { linearModules, parseModelConfig } from '@charter/models';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LoraConfig, loraConfigSchema } from '../config/lora-config.js';
import { loraTargets } from '../config/lora-targets.js';
import { initLora } from '../init/init-lora.js';
import { loraParameters } from '../linear/lora-parameters.js';
import { fixture, modulesOf, readJson } from '../testing/fixtures.js';
import { loadAdapter } from './load-adapter.js';
import { saveAdapter } from './save-adapter.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapter-'));
  return () => rm(folder, { recursive: true });
});

describe('an adapter of PEFT that is read and written again', () => {
  it.each([
    'llama-all-linear',
    'llama-rslora-patterns',
    'qwen2-all-linear',
    'qwen2-rslora-patterns',
    'gemma3-all-linear',
    'phi3-all-linear',
    'llama-dora',
    'llama-biased-dora-patterns',
    'llama-saved',
    'qwen2-saved-embeddings',
  ])('%s has the same bytes of tensors and a configuration of the same meaning', async name => {
    const source = fixture(`adapters/${name}`);
    const { model } = await readJson(join(source, 'scores.json'));
    const loaded = await loadAdapter(source, await modulesOf(basename(model)));
    await saveAdapter(folder, { ...loaded, baseModel: loaded.config.base_model_name_or_path! });
    const bytes = (where: string) => readFile(join(where, 'adapter_model.safetensors'));
    expect((await bytes(folder)).equals(await bytes(source))).toBe(true);
    const written = await readJson(join(folder, 'adapter_config.json'));
    const original = await readJson(join(source, 'adapter_config.json'));
    expect(Object.fromEntries(Object.keys(written).map(key => [key, original[key]]))).toEqual(written);
    expect(Object.keys(written)).toEqual(Object.keys(written).sort());
    expect((await readdir(folder)).sort()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
  });
});

const config = parseModelConfig({
  model_type: 'llama',
  vocab_size: 16,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 3,
  num_attention_heads: 2,
});
const modules = linearModules(config);

const save = async (options: Partial<LoraConfig>, baseModel = 'org/base') => {
  const lora = loraConfigSchema.parse(options);
  const targets = loraTargets(lora, modules, 'llama');
  const values = initLora(targets, { seed: 1, init_lora_weights: false });
  const tensors = new Map(
    loraParameters(targets).map(({ name, shape }) => {
      const data = values.get(name) ?? new Float32Array(shape.reduce((a, b) => a * b));
      return [name, { shape, data }];
    }),
  );
  await saveAdapter(folder, { config: lora, targets, tensors, baseModel });
  return { targets, tensors, written: await readJson(join(folder, 'adapter_config.json')) };
};

describe('adapter_config.json', () => {
  it('has only keys that PEFT knows since 0.9', async () => {
    const { written } = await save({ target_modules: ['q_proj'] });
    expect(Object.keys(written)).toEqual(
      'alpha_pattern auto_mapping base_model_name_or_path bias fan_in_fan_out inference_mode init_lora_weights layers_pattern layers_to_transform loftq_config lora_alpha lora_dropout megatron_config megatron_core modules_to_save peft_type r rank_pattern revision target_modules task_type use_dora use_rslora'.split(
        ' ',
      ),
    );
    expect(written).toMatchObject({
      inference_mode: true,
      base_model_name_or_path: 'org/base',
      // As in PEFT, nothing is said of a model that may be no language model.
      task_type: null,
      peft_type: 'LORA',
    });
  });

  it.each<[string, Partial<LoraConfig>, unknown]>([
    ['a list', { target_modules: ['v_proj', 'q_proj'] }, ['q_proj', 'v_proj']],
    ['nothing', {}, ['q_proj', 'v_proj']],
    ['a regular expression', { target_modules: '.*q_proj' }, '.*q_proj'],
    [
      'all-linear',
      { target_modules: 'all-linear' },
      ['down_proj', 'gate_proj', 'k_proj', 'o_proj', 'q_proj', 'up_proj', 'v_proj'],
    ],
    [
      'what exclude_modules leaves',
      {
        target_modules: ['q_proj'],
        exclude_modules: ['layers.1.self_attn.q_proj'],
        layers_to_transform: [0, 1],
      },
      ['model.layers.0.self_attn.q_proj'],
    ],
  ])('target_modules of %s mean the same when they are read again', async (_, options, expected) => {
    const { targets, tensors, written } = await save(options);
    expect(written.target_modules).toEqual(expected);
    if (options.exclude_modules)
      expect(written).toMatchObject({ layers_to_transform: null, layers_pattern: null });
    const loaded = await loadAdapter(folder, modules);
    expect(loaded.targets).toEqual(targets);
    expect(loaded.tensors).toEqual(tensors);
  });

  it('names few modules of all-linear in full', async () => {
    const two = modules.filter(({ name }) => name.startsWith('model.layers.0.'));
    const lora = loraConfigSchema.parse({ target_modules: 'all-linear' });
    const targets = loraTargets(lora, two, 'llama');
    const values = initLora(targets, { seed: 1 });
    const tensors = new Map(
      loraParameters(targets).map(({ name, shape }) => {
        const data = values.get(name) ?? new Float32Array(shape.reduce((a, b) => a * b));
        return [name, { shape, data }];
      }),
    );
    await saveAdapter(folder, { config: lora, targets, tensors, baseModel: 'org/base' });
    const written = await readJson(join(folder, 'adapter_config.json'));
    expect(written.target_modules).toEqual(two.map(({ name }) => name).sort());
  });
});

describe('a saved folder', () => {
  it('marks its tensors as PyTorch’s, which PEFT asks for', async () => {
    await save({ target_modules: ['q_proj'] });
    const { metadata } = await openSafetensors(join(folder, 'adapter_model.safetensors'));
    expect(metadata).toEqual({ format: 'pt' });
  });

  it('has a model card that names the base and the shape', async () => {
    await save({ r: 4, lora_alpha: 9, lora_dropout: 0.1, rank_pattern: { q_proj: 2 } }, 'org/base "1"');
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    expect(card).toMatch(/^---\nbase_model: "org\/base \\"1\\""\nlibrary_name: peft\n/);
    expect(card).toContain(
      '6 linear layers (q_proj, v_proj) have an adapter of rank 2, 4; alpha 9, dropout 0.1.',
    );
  });

  it.each<[string, Partial<LoraConfig>, string]>([
    ['serves', { r: 20 }, 'vllm serve "org/base" --enable-lora --max-lora-rank 32 --lora-modules tuned='],
    [
      'refuses for its magnitudes',
      { use_dora: true },
      'this adapter: it has magnitudes (use_dora). Merge it',
    ],
    ['refuses for its rank', { r: 513 }, 'this adapter: its rank 513 is above 512. Merge it'],
    [
      'refuses for a module and would run with another scale',
      { modules_to_save: ['lm_head'], alpha_pattern: { q_proj: 3 } },
      'this adapter: lm_head is fully trained (modules_to_save), and model.layers.0.self_attn.q_proj has a scale of ' +
        'its own (rank_pattern, alpha_pattern). Merge it',
    ],
  ])('has a model card for vLLM, which %s', async (_, options, line) => {
    await save({ task_type: 'CAUSAL_LM', ...options });
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain(line);
  });

  it('says nothing of language models where the adapter is for another', async () => {
    await save({});
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    expect(card).not.toMatch(/text-generation|AutoModelForCausalLM|charter chat|vLLM/);
    expect(card).toContain('PeftModel.from_pretrained(base, "path/to/this/folder")');
  });

  it('replaces an older adapter and leaves other files and a written README alone', async () => {
    await save({ target_modules: ['q_proj'] });
    await writeFile(join(folder, 'README.md'), 'mine');
    await writeFile(join(folder, 'metrics.jsonl'), '{}');
    await save({ target_modules: ['v_proj'], r: 2 });
    expect((await loadAdapter(folder, modules)).targets[0]).toMatchObject({
      name: 'model.layers.0.self_attn.v_proj',
      r: 2,
    });
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('mine');
    expect((await readdir(folder)).sort()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
      'metrics.jsonl',
    ]);
  });

  it('is not made of tensors that are not those of the targets', async () => {
    const { targets, tensors } = await save({ target_modules: ['q_proj'] });
    const [first] = tensors.keys();
    tensors.delete(first!);
    const other = join(folder, 'other');
    const lora = loraConfigSchema.parse({ target_modules: ['q_proj'] });
    await expect(
      saveAdapter(other, { config: lora, targets, tensors, baseModel: 'org/base' }),
    ).rejects.toThrow(`${other}: these tensors do not fit.\n1 missing:\n  ${first}\nNothing was written`);
    expect(await readdir(folder)).not.toContain('other');
  });

  it('stays as it was when the new one cannot be written', async () => {
    const { targets, tensors } = await save({ target_modules: ['q_proj'] });
    const before = await readFile(join(folder, 'adapter_model.safetensors'));
    const [name, tensor] = [...tensors][0]!;
    tensors.set(name, { shape: tensor.shape, data: tensor.data.subarray(1) });
    const lora = loraConfigSchema.parse({ target_modules: ['q_proj'] });
    await mkdir(folder, { recursive: true });
    await expect(
      saveAdapter(folder, { config: lora, targets, tensors, baseModel: 'org/base' }),
    ).rejects.toThrow(name);
    expect((await readFile(join(folder, 'adapter_model.safetensors'))).equals(before)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    await loadAdapter(folder, modules);
  });
});
