import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@charter/checkpoint';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LoraError } from '../errors.js';
import { fixture, modulesOf, readJson, readTensors } from '../testing/fixtures.js';
import { loadAdapter } from './load-adapter.js';

const llama = await modulesOf('llama');

describe('adapters that PEFT wrote', () => {
  it.each(['llama-all-linear', 'qwen2-all-linear'])('%s', async name => {
    const modules = await modulesOf(name.split('-')[0]!);
    const adapter = await loadAdapter(fixture(`adapters/${name}`), modules);
    expect(adapter.targets.map(target => target.name)).toEqual(
      modules.filter(module => module.kind === 'linear').map(module => module.name),
    );
    expect(new Set(adapter.targets.map(({ r, scaling }) => `${r} ${scaling}`))).toEqual(new Set(['4 2']));
    expect(adapter.tensors.size).toBe(28);
    const down = adapter.tensors.get('base_model.model.model.layers.1.mlp.down_proj.lora_A.weight')!;
    const { in_features } = modules.find(module => module.name === 'model.layers.1.mlp.down_proj')!;
    expect(down.shape).toEqual([4, in_features]);
    expect(down.data).toHaveLength(4 * in_features);
    expect(down.data.every(x => x !== 0 && Math.abs(x) < 1)).toBe(true);
  });

  it.each(['llama-rslora-patterns', 'qwen2-rslora-patterns'])('%s', async name => {
    const modules = await modulesOf(name.split('-')[0]!);
    const { targets } = await loadAdapter(fixture(`adapters/${name}`), modules);
    const of = (module: string) => targets.find(target => target.name === `model.layers.${module}`)!;
    expect(of('0.self_attn.q_proj')).toMatchObject({ r: 8, scaling: 8 / Math.sqrt(8) });
    expect(of('1.mlp.down_proj')).toMatchObject({ r: 2, scaling: 8 / Math.sqrt(2) });
    expect(of('0.mlp.down_proj')).toMatchObject({ r: 4, scaling: 4 });
    expect(of('1.self_attn.v_proj')).toMatchObject({ r: 4, scaling: 8 });
    expect(of('0.self_attn.o_proj')).toMatchObject({ r: 4, scaling: 3 / 2 });
    expect(of('1.self_attn.o_proj')).toMatchObject({ r: 4, scaling: 4 });
  });

  it('trained by TRL', async () => {
    const { config, tensors } = await loadAdapter(fixture('dpo/final/adapter'), llama);
    expect(config.task_type).toBe('CAUSAL_LM');
    expect(tensors.size).toBe(28);
  });
});

describe('an adapter', () => {
  let folder: string;
  const q = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';
  const tensorsFile = () => join(folder, 'adapter_model.safetensors');
  const failure = (modules = llama): Promise<LoraError> =>
    loadAdapter(folder, modules).then(
      () => expect.unreachable(),
      error => error,
    );
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'adapter-'));
    await cp(fixture('adapters/llama-all-linear'), folder, { recursive: true });
    return () => rm(folder, { recursive: true });
  });

  it.each(['float16', 'bfloat16'] as const)('stored in %s is widened', async dtype => {
    const tensors = await readTensors(fixture('adapters/llama-all-linear/adapter_model.safetensors'));
    await writeSafetensors(
      tensorsFile(),
      [...tensors].map(([name, tensor]) => [name, { ...tensor, dtype }] as const),
    );
    const loaded = await loadAdapter(folder, llama);
    const bits = dtype === 'float16' ? 11 : 8;
    for (const [name, { data }] of tensors) {
      loaded.tensors.get(name)!.data.forEach((value, i) => {
        expect(Math.abs(value - data[i]!)).toBeLessThanOrEqual(Math.abs(data[i]!) * 2 ** -bits + 2 ** -25);
      });
    }
    expect(loaded.tensors.get(q)!.data).not.toEqual(tensors.get(q)!.data);
  });

  it('with a NaN in it is refused, whatever an engine would make of it', async () => {
    const tensors = await readTensors(tensorsFile());
    tensors.get(q)!.data[3] = Number.NaN;
    await writeSafetensors(tensorsFile(), tensors);
    const { message, names } = await failure();
    expect(message).toMatch(`${q} holds NaN or infinity`);
    expect(names).toEqual([q]);
  });

  it('that does not fit lists every tensor that is missing, unexpected or of another shape', async () => {
    const tensors = await readTensors(fixture('adapters/llama-all-linear/adapter_model.safetensors'));
    const data = tensors.get(q)!.data;
    tensors.delete(q);
    tensors.delete(q.replace('q_proj', 'k_proj'));
    tensors.set(q.replace('.0.', '.7.'), { shape: [4, 48], data });
    tensors.set('base_model.model.lm_head.weight', { shape: [4, 48], data });
    tensors.set(q.replace('q_proj', 'v_proj'), { shape: [2, 48], data: data.subarray(96) });
    await writeSafetensors(tensorsFile(), tensors);
    const error = await failure();
    expect(error.message).toBe(
      `${tensorsFile()}: these tensors do not fit.
2 missing:
  ${q}
  ${q.replace('q_proj', 'k_proj')}
2 unexpected:
  base_model.model.lm_head.weight
  ${q.replace('.0.', '.7.')}
1 of another shape:
  ${q.replace('q_proj', 'v_proj')}: [2,48] instead of [4,48]
Was the adapter trained on another model than "fixtures/models/llama", or adapter_config.json changed?`,
    );
    expect(error.names).toHaveLength(5);
  });

  it('whose configuration was changed afterwards is refused', async () => {
    const file = join(folder, 'adapter_config.json');
    await writeFile(file, JSON.stringify({ ...(await readJson(file)), r: 8 }));
    expect((await failure()).message).toContain('28 of another shape:');
  });

  it('of another model is refused', async () => {
    const mistral = await modulesOf('mistral');
    expect((await failure(mistral)).message).toMatch(/\d+ of another shape:\n/);
  });

  it('whose targets the model does not have is refused, naming the file', async () => {
    await writeFile(
      join(folder, 'adapter_config.json'),
      JSON.stringify({ peft_type: 'LORA', target_modules: ['c_attn'] }),
    );
    expect((await failure()).message).toContain(
      `${folder}/adapter_config.json: target_modules: ["c_attn"] matches no module.`,
    );
  });

  it('without target_modules has those of its architecture, if that is given', async () => {
    const file = join(folder, 'adapter_config.json');
    await writeFile(file, JSON.stringify({ ...(await readJson(file)), target_modules: null }));
    await expect(loadAdapter(folder, llama, 'llama')).rejects.toThrow('20 unexpected:');
    await expect(loadAdapter(folder, llama)).rejects.toThrow(
      "target_modules: null leaves them to the model's architecture, which is not known here; name them.",
    );
  });

  it('in pickle format is refused, with the way out', async () => {
    await rm(tensorsFile());
    await writeFile(join(folder, 'adapter_model.bin'), '');
    expect((await failure()).message).toBe(
      `${folder}: its tensors are in adapter_model.bin, a Python pickle, which can run any code when it is read. Load it with a recent PEFT and save it again: it then writes adapter_model.safetensors.`,
    );
  });

  it('that was copied in part is refused', async () => {
    await rm(tensorsFile());
    expect((await failure()).message).toBe(
      `${folder}: it has adapter_config.json but no adapter_model.safetensors. Was all of it copied?`,
    );
  });

  it('with a damaged configuration is refused', async () => {
    await writeFile(join(folder, 'adapter_config.json'), '{"r": ');
    expect((await failure()).message).toMatch(/adapter_config\.json: this is no JSON \(.+\)\.$/);
  });

  it('is named when the folder above it was given', async () => {
    await mkdir(join(folder, 'sub', 'reviewer'), { recursive: true });
    await cp(fixture('adapters/llama-all-linear'), join(folder, 'sub', 'reviewer'), {
      recursive: true,
    });
    await expect(loadAdapter(join(folder, 'sub'), llama)).rejects.toThrow(
      'sub: it has no adapter_config.json, so it is no adapter. These folders in it have one: reviewer.',
    );
  });
});

it('a model is no adapter, and a folder that is not there says so', async () => {
  await expect(loadAdapter(fixture('models/llama'), llama)).rejects.toThrow(
    'it has no adapter_config.json, so it is no adapter. It looks like a full model: give it as the model.',
  );
  await expect(loadAdapter('/nowhere/at/all', llama)).rejects.toThrow(
    '/nowhere/at/all: there is no such folder; an adapter is a folder with adapter_config.json in it.',
  );
});
