import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint, readTensor, writeSafetensors } from '@charter/checkpoint';
import { beforeEach, describe, expect, it } from 'vitest';
import { loraConfigSchema } from '../config/lora-config.js';
import { loraTargets } from '../config/lora-targets.js';
import { loadAdapter } from '../files/load-adapter.js';
import { saveAdapter } from '../files/save-adapter.js';
import { loraParameters, parameterNames } from '../linear/lora-parameters.js';
import { fixture, modulesOf, readJson, readTensors } from '../testing/fixtures.js';
import { mergeAdapter } from './merge-adapter.js';

let root: string;
let out: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'merge-'));
  out = join(root, 'merged');
  return () => rm(root, { recursive: true });
});

/** Base weights with `s · B A` added, by the definition. */
const expectedWeights = async (
  model: string,
  adapter: string,
  modules: Parameters<typeof loadAdapter>[1],
) => {
  const weights = await readTensors(join(model, 'model.safetensors'));
  const { targets, tensors } = await loadAdapter(adapter, modules);
  for (const { name, r, scaling, in_features, out_features } of targets) {
    const stored = weights.get(`${name}.weight`) ?? weights.get('model.embed_tokens.weight')!;
    const weight = { shape: stored.shape, data: stored.data.slice() };
    weights.set(`${name}.weight`, weight);
    const [A, B] = [tensors.get(parameterNames(name).A)!.data, tensors.get(parameterNames(name).B)!.data];
    for (let o = 0; o < out_features; o++) {
      for (let i = 0; i < in_features; i++) {
        let product = 0;
        for (let k = 0; k < r; k++) product += B[o * r + k]! * A[k * in_features + i]!;
        weight.data[o * in_features + i]! += scaling * product;
      }
    }
  }
  return weights;
};

const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

/** An adapter on the vocabulary projection of the llama fixture, saved in `root`. */
const headAdapter = async (fill = 0.1) => {
  const config = loraConfigSchema.parse({ target_modules: ['lm_head', 'q_proj'], r: 2 });
  const targets = loraTargets(config, await modulesOf('llama'), 'llama');
  const tensors = new Map(
    loraParameters(targets).map(({ name, shape }) => [
      name,
      { shape, data: new Float32Array(shape[0]! * shape[1]!).map((_, i) => fill * Math.cos(i)) },
    ]),
  );
  const folder = join(root, 'head');
  await saveAdapter(folder, { config, targets, tensors, baseModel: 'llama' });
  return folder;
};

describe('a merged model', () => {
  it('names the tokens that end a text in generation_config.json, beside those that are there', async () => {
    const model = join(root, 'base');
    await cp(fixture('models/llama'), model, { recursive: true });
    const adapter = fixture('adapters/llama-all-linear');
    const merged = async (name: string, eosTokenIds?: number[]) => {
      await mergeAdapter({ model, adapter, out: join(root, name), eosTokenIds });
      return readJson(join(root, name, 'generation_config.json'));
    };
    const own = await readJson(join(model, 'generation_config.json'));
    expect(own.eos_token_id).toBe(2);
    expect(await merged('same')).toEqual(own);
    expect(await merged('known', [2])).toEqual(own);
    expect(await merged('more', [2, 0])).toEqual({ ...own, eos_token_id: [2, 0] });
    // Without the file transformers goes by config.json, and so does this.
    await rm(join(model, 'generation_config.json'));
    expect(await merged('none', [0])).toEqual({ bos_token_id: null, eos_token_id: [2, 0], pad_token_id: 0 });
  });

  it.each(['llama-all-linear', 'llama-rslora-patterns', 'qwen2-all-linear', 'qwen2-rslora-patterns'])(
    'of %s has W + s · B A for each target and all else of the base',
    async name => {
      const base = name.split('-')[0]!;
      const [model, adapter] = [fixture(`models/${base}`), fixture(`adapters/${name}`)];
      const seen: number[] = [];
      const result = await mergeAdapter({ model, adapter, out, onProgress: ({ done }) => seen.push(done) });
      expect(result.untied).toBe(false);
      expect(result.merged).toHaveLength(14);
      expect(seen).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));

      const expected = await expectedWeights(model, adapter, await modulesOf(base));
      const original = await readTensors(join(model, 'model.safetensors'));
      const merged = await readTensors(join(out, 'model.safetensors'));
      expect([...merged.keys()]).toEqual([...original.keys()]);
      for (const [weight, { shape, data }] of merged) {
        expect(shape).toEqual(expected.get(weight)!.shape);
        const change = largestDifference(data, original.get(weight)!.data);
        if (result.merged.includes(weight)) {
          expect(largestDifference(data, expected.get(weight)!.data)).toBeLessThan(1e-7);
          expect(change).toBeGreaterThan(0.01);
        } else {
          expect(change).toBe(0);
        }
      }
    },
  );

  it('is a complete folder: config, tokenizer and generation settings are those of the base', async () => {
    const model = join(root, 'base');
    await cp(fixture('models/llama'), model, { recursive: true });
    for (const name of ['README.md', 'LICENSE', 'pytorch_model.bin', 'original.gguf', '.hidden'])
      await writeFile(join(model, name), name);
    await mergeAdapter({ model, adapter: fixture('adapters/llama-all-linear'), out: `${out}/` });
    const kept = (await readdir(fixture('models/llama'))).concat('LICENSE').sort();
    expect((await readdir(out)).sort()).toEqual(kept);
    expect(await readdir(root)).not.toContain('merged.partial');
    for (const name of kept.filter(name => name !== 'model.safetensors'))
      expect(await readFile(join(out, name), 'utf8')).toBe(await readFile(join(model, name), 'utf8'));
  });

  it('is split into shards that name each other when it is large', async () => {
    const request = { model: fixture('models/llama'), adapter: fixture('adapters/llama-all-linear') };
    const whole = join(root, 'whole');
    await mergeAdapter({ ...request, out: whole });
    await mergeAdapter({ ...request, out, max_shard_size: 100_000 });
    const shards = (await readdir(out)).filter(name => name.endsWith('.safetensors')).sort();
    expect(shards.length).toBeGreaterThan(2);
    expect(shards[0]).toBe(`model-00001-of-0000${shards.length}.safetensors`);
    const index = await readJson(join(out, 'model.safetensors.index.json'));
    expect(new Set(Object.values(index.weight_map))).toEqual(new Set(shards));
    const expected = await readTensors(join(whole, 'model.safetensors'));
    expect(index.metadata.total_size).toBe(
      [...expected.values()].reduce((bytes, { data }) => bytes + data.byteLength, 0),
    );
    const { weights } = await openCheckpoint(out);
    expect([...weights.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, stored] of weights) expect(await readTensor(stored)).toEqual(expected.get(name)!.data);
    // And such a folder is a base like any other.
    await mergeAdapter({ ...request, model: out, out: join(root, 'twice') });
    expect(await readdir(join(root, 'twice'))).not.toContain('model.safetensors.index.json');
  });

  it.each(['float16', 'bfloat16'] as const)('is stored in %s if that is asked for', async dtype => {
    const [model, adapter] = [fixture('models/llama'), fixture('adapters/llama-all-linear')];
    await mergeAdapter({ model, adapter, out, dtype });
    const { config, weights } = await openCheckpoint(out);
    expect(config).toEqual({ ...(await readJson(join(model, 'config.json'))), dtype });
    // Everything but that one word: Python reads 10000.0 and 10000 as different types.
    expect(await readFile(join(out, 'config.json'), 'utf8')).toBe(
      (await readFile(join(model, 'config.json'), 'utf8')).replace(
        '"dtype": "float32"',
        `"dtype": "${dtype}"`,
      ),
    );
    const expected = await expectedWeights(model, adapter, await modulesOf('llama'));
    for (const [name, stored] of weights) {
      expect(stored.dtype).toBe(dtype);
      const difference = largestDifference(await readTensor(stored), expected.get(name)!.data);
      expect(difference).toBeLessThan(dtype === 'float16' ? 1e-3 : 8e-3);
    }
  });

  it('keeps the element type of a half-precision base', async () => {
    const model = join(root, 'half');
    await cp(fixture('models/llama'), model, { recursive: true });
    const weights = await readTensors(join(model, 'model.safetensors'));
    await writeSafetensors(
      join(model, 'model.safetensors'),
      [...weights].map(([name, tensor]) => [name, { ...tensor, dtype: 'bfloat16' as const }] as const),
    );
    await mergeAdapter({ model, adapter: fixture('adapters/llama-all-linear'), out });
    for (const { dtype } of (await openCheckpoint(out)).weights.values()) expect(dtype).toBe('bfloat16');
  });
});

describe('an adapter on the vocabulary projection', () => {
  it('unties it from the embedding table, which stays as it is', async () => {
    const [model, adapter] = [fixture('models/llama'), await headAdapter()];
    const result = await mergeAdapter({ model, adapter, out });
    expect(result).toMatchObject({ untied: true, merged: expect.arrayContaining(['lm_head.weight']) });
    expect((await readJson(join(out, 'config.json'))).tie_word_embeddings).toBe(false);
    const expected = await expectedWeights(model, adapter, await modulesOf('llama'));
    const merged = await readTensors(join(out, 'model.safetensors'));
    for (const name of ['lm_head.weight', 'model.embed_tokens.weight'])
      expect(largestDifference(merged.get(name)!.data, expected.get(name)!.data)).toBeLessThan(1e-7);
    expect(merged.get('lm_head.weight')!.data).not.toEqual(merged.get('model.embed_tokens.weight')!.data);
  });

  it('that is a weight of its own is merged like any other', async () => {
    const untied = join(root, 'untied');
    const adapter = await headAdapter();
    await mergeAdapter({ model: fixture('models/llama'), adapter, out: untied });
    const result = await mergeAdapter({ model: untied, adapter, out });
    expect(result).toMatchObject({ untied: false, merged: expect.arrayContaining(['lm_head.weight']) });
    const expected = await expectedWeights(untied, adapter, await modulesOf('llama'));
    const merged = await readTensors(join(out, 'model.safetensors'));
    const head = merged.get('lm_head.weight')!.data;
    expect(largestDifference(head, expected.get('lm_head.weight')!.data)).toBeLessThan(1e-7);
  });
});

describe('a merge that cannot be right is refused and leaves nothing behind', () => {
  const refused = async (request: Partial<Parameters<typeof mergeAdapter>[0]>, message: string | RegExp) => {
    const before = (await readdir(root)).sort();
    await expect(
      mergeAdapter({
        model: fixture('models/llama'),
        adapter: fixture('adapters/llama-all-linear'),
        out,
        ...request,
      }),
    ).rejects.toThrow(message);
    expect((await readdir(root)).sort()).toEqual(before);
  };

  it('a quantized base', async () => {
    const model = join(root, 'quantized');
    await cp(fixture('models/llama'), model, { recursive: true });
    const config = await readJson(join(model, 'config.json'));
    await writeFile(
      join(model, 'config.json'),
      JSON.stringify({ ...config, quantization_config: { bits: 4 } }),
    );
    await refused(
      { model },
      `${model}/config.json: the model is quantized, and rounding a merged weight again`,
    );
  });

  it('an adapter of another model', () =>
    refused({ model: fixture('models/qwen3') }, 'these tensors do not fit'));

  it('a folder with something in it', async () => {
    await cp(fixture('adapters/llama-all-linear'), out, { recursive: true });
    await refused({}, `${out}: the folder is not empty. Choose another one for the merged model.`);
  });

  it('an adapter whose numbers are not finite', async () => {
    const adapter = await headAdapter(Number.NaN);
    await refused(
      { adapter },
      /head\/adapter_model\.safetensors: \S+ holds NaN or infinity, .* Did its training diverge\?/,
    );
  });

  it('an adapter given as the model', () =>
    refused(
      { model: fixture('adapters/llama-all-linear') },
      'It holds an adapter: give its base model here.',
    ));
});
