import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTensor } from '@charter/checkpoint';
import { loadModel } from '@charter/models';
import { describe, expect, it } from 'vitest';
import { startLora } from './start-lora.js';

const folder = 'fixtures/models/llama';
const adapter = 'fixtures/adapters/llama-all-linear';

describe('startLora', () => {
  it('starts a new adapter as nothing: r 16, alpha 32, all linear layers, B zero', async () => {
    const { config, parameters, initial } = await startLora(await loadModel(folder), {
      seed: 1,
      dropout: true,
    });
    expect(config).toMatchObject({ r: 16, lora_alpha: 32, target_modules: 'all-linear' });
    expect(parameters).toHaveLength(2 * 2 * 7);
    for (const { name, shape } of parameters) {
      const values = initial.get(name)!;
      expect(values).toHaveLength(shape[0]! * shape[1]!);
      expect(
        values.every(value => value === 0),
        name,
      ).toBe(name.includes('lora_B'));
    }
  });

  it('starts DoRA with the norms of the rows, and modules trained whole with the weights of the base', async () => {
    const model = await loadModel(folder);
    const { parameters, initial, config } = await startLora(model, {
      lora: { use_dora: true, modules_to_save: ['lm_head'], target_modules: ['q_proj'], r: 2 },
      seed: 1,
      dropout: true,
    });
    expect(config).toMatchObject({ use_dora: true, modules_to_save: ['lm_head'] });
    expect(parameters.map(({ name }) => name.split('.').at(-2))).toEqual(
      expect.arrayContaining(['q_proj', 'lora_A', 'lora_B', 'lm_head']),
    );
    const read = (name: string) => readTensor(model.weights.get(name)!);
    const q = await read('model.layers.0.self_attn.q_proj.weight');
    const magnitudes = initial.get('base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector')!;
    expect(magnitudes).toHaveLength(48);
    expect(magnitudes[3]).toBeCloseTo(Math.hypot(...q.subarray(3 * 48, 4 * 48)), 5);
    // Tied: the projection starts as the embedding table.
    expect(initial.get('base_model.model.lm_head.weight')).toEqual(await read('model.embed_tokens.weight'));
  });

  it('continues an adapter with its own shape and values', async () => {
    const model = await loadModel(folder);
    const saved = JSON.parse(await readFile(`${adapter}/adapter_config.json`, 'utf8'));
    const continued = await startLora(model, { adapter, seed: 1, dropout: true });
    expect(continued.config).toMatchObject({ r: saved.r, lora_alpha: saved.lora_alpha });
    const b = [...continued.initial].find(([name]) => name.includes('lora_B'))!;
    expect(b[1].some(value => value !== 0)).toBe(true);
    // Dropout is no part of the shape.
    const dropped = await startLora(model, { adapter, lora: { lora_dropout: 0.1 }, seed: 1, dropout: true });
    expect(dropped.config.lora_dropout).toBe(0.1);
  });

  it('refuses another shape for an adapter that is continued', async () => {
    const model = await loadModel(folder);
    const ask = (lora: object) => startLora(model, { adapter, lora, seed: 1, dropout: true });
    await expect(ask({ r: 8 })).rejects.toThrow(
      'fixtures/adapters/llama-all-linear has r 4 and a scale of 2 at model.layers.0.self_attn.q_proj, but r 8 and a ' +
        'scale of 1 was asked for. An adapter that is continued keeps its shape: leave the LoRA options out, or merge ' +
        'it and train a new one.',
    );
    await expect(ask({ target_modules: ['q_proj'] })).rejects.toThrow(/k_proj, but no adapter was asked for/);
    await expect(ask({ r: 4, target_modules: 'all-linear' })).resolves.toBeDefined();
  });
  it('writes adapters that call the model by its id, not by the folder of a cache', async () => {
    const named = async (id?: string) => {
      const { initial, parameters, save } = await startLora(await loadModel(folder, { id }), {
        seed: 1,
        dropout: true,
      });
      const out = await mkdtemp(join(tmpdir(), 'charter-id-'));
      await save(
        out,
        new Map(parameters.map(({ name, shape }) => [name, { shape, data: initial.get(name)! }])),
      );
      return JSON.parse(await readFile(join(out, 'adapter_config.json'), 'utf8')).base_model_name_or_path;
    };
    expect(await named('org/model')).toBe('org/model');
    expect(await named()).toBe(folder);
  });
});
