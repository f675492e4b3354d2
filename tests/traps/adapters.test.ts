import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint, openSafetensors, readTensor, writeSafetensors } from '@charter/checkpoint';
import { loadAdapter, mergeAdapter } from '@charter/lora';
import { adaptableModules, parseModelConfig } from '@charter/models';
import { describe, expect, it } from 'vitest';
import { charter } from '../charter-command.js';

const model = 'fixtures/models/llama';
const adapter = 'fixtures/adapters/llama-all-linear';
const temporary = () => mkdtemp(join(tmpdir(), 'charter-trap-'));
const json = async (file: string) => JSON.parse(await readFile(file, 'utf8'));

describe('traps in adapters and merged models', () => {
  it('trap 15, an adapter with missing or unexpected keys: every one of them is listed, and the command ends with 2', async () => {
    const folder = join(await temporary(), 'adapter');
    await cp(adapter, folder, { recursive: true });
    const { tensors } = await openSafetensors(join(folder, 'adapter_model.safetensors'));
    const read = new Map(
      await Promise.all(
        [...tensors].map(
          async ([name, stored]) => [name, { shape: stored.shape, data: await readTensor(stored) }] as const,
        ),
      ),
    );
    const missing = [...read.keys()].slice(0, 3);
    for (const name of missing) {
      read.set(name.replace('model.layers', 'layers'), read.get(name)!);
      read.delete(name);
    }
    await writeSafetensors(join(folder, 'adapter_model.safetensors'), read);
    const out = join(folder, 'out.jsonl');
    const data = 'fixtures/inputs/texts.jsonl';
    const { status, stderr } = await charter([
      ...['score', '--model', model, '--adapter', folder, '--data', data, '--out', out],
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('3 missing:');
    expect(stderr).toContain('3 unexpected:');
    for (const name of missing) {
      expect(stderr).toContain(name);
      expect(stderr).toContain(name.replace('model.layers', 'layers'));
    }
  });

  it('trap 16, merging into a quantized base changes the output: refused', async () => {
    const quantized = join(await temporary(), 'model');
    await cp(model, quantized, { recursive: true });
    const config = await json(join(quantized, 'config.json'));
    const quantization_config = { quant_method: 'bitsandbytes', load_in_4bit: true };
    await writeFile(join(quantized, 'config.json'), JSON.stringify({ ...config, quantization_config }));
    await expect(
      mergeAdapter({ model: quantized, adapter, out: join(await temporary(), 'merged') }),
    ).rejects.toThrow(/config\.json: the model is quantized/);
  });

  it('trap 18, tied embeddings: merging leaves them tied, with one table, where no adapter is on lm_head', async () => {
    const out = join(await temporary(), 'merged');
    const { untied } = await mergeAdapter({ model, adapter, out });
    expect(untied).toBe(false);
    const { config, weights } = await openCheckpoint(out);
    expect(config).toMatchObject({ tie_word_embeddings: true });
    expect(weights.has('lm_head.weight')).toBe(false);
    expect(weights.has('model.embed_tokens.weight')).toBe(true);
    expect((await json(join(out, 'generation_config.json'))).eos_token_id).toBe(2);
  });

  it('trap 19, adapters that converters do not know: every tensor has PEFT’s name of a projection of a layer', async () => {
    const modules = adaptableModules(parseModelConfig(await json(join(model, 'config.json'))));
    const { tensors } = await loadAdapter(adapter, modules);
    for (const name of tensors.keys()) {
      expect(name).toMatch(
        /^base_model\.model\.model\.layers\.\d+\.(self_attn\.[qkvo]|mlp\.(gate|up|down))_proj\.lora_[AB]\.weight$/,
      );
    }
  });
});
