import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../open-checkpoint.js';
import { pull } from '../pull/pull.js';
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from '../tensors/half-floats.js';
import { readTensor } from '../tensors/read-tensor.js';
import { convertGguf } from './convert-gguf.js';

const golden = (name: string) => new URL(`../golden/${name}`, import.meta.url).pathname;
const fixture = (name: string) => new URL(`../../../../fixtures/${name}`, import.meta.url).pathname;
const json = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'charter-gguf-'));
});
afterAll(() => rm(home, { recursive: true }));

const bfloat16 = (values: Float32Array) => widenBfloat16(narrowToBfloat16(values));
const float16 = (values: Float32Array) => widenFloat16(narrowToFloat16(values));

// Written from the fixtures of the same names by ../golden/make_gguf.py, which also has transformers read them.
describe.each([
  ['llama-untied-rope3', bfloat16],
  ['mistral', bfloat16],
  ['qwen2', float16],
  ['qwen3', bfloat16],
])('%s in GGUF becomes the model it was made from', (name, rounded) => {
  const original = fixture(`models/${name}`);
  let folder: string;
  const progress: [number, number][] = [];
  beforeAll(async () => {
    folder = join(home, name);
    await convertGguf(golden(`${name}.gguf`), folder, {
      onProgress: (done, total) => progress.push([done, total]),
    });
  });

  test('each weight, q and k in the order of their rows', async () => {
    const { weights } = await openCheckpoint(folder);
    const expected = (await openCheckpoint(original)).weights;
    expect([...weights.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, stored] of expected) {
      const values = await readTensor(stored);
      const converted = weights.get(key)!;
      expect(converted.shape).toEqual(stored.shape);
      expect(await readTensor(converted)).toEqual(stored.shape.length > 1 ? rounded(values) : values);
    }
  });

  test('its configuration', async () => {
    const config = await json(join(folder, 'config.json'));
    const expected = await json(join(original, 'config.json'));
    const { rope_theta, ...rope } = expected.rope_parameters ?? {
      ...expected.rope_scaling,
      rope_theta: expected.rope_theta,
    };
    for (const key of [
      'architectures',
      'model_type',
      'vocab_size',
      'hidden_size',
      'intermediate_size',
      'num_hidden_layers',
      'num_attention_heads',
      'num_key_value_heads',
      'rms_norm_eps',
      'max_position_embeddings',
      'tie_word_embeddings',
      'eos_token_id',
      'pad_token_id',
      ...(name === 'mistral' ? ['sliding_window', 'head_dim'] : []),
      ...(name === 'qwen3' ? ['head_dim'] : []),
      ...(name.startsWith('llama') ? ['attention_bias', 'mlp_bias'] : []),
    ]) {
      expect([key, config[key]]).toEqual([key, expected[key]]);
    }
    expect(config.rope_theta).toBe(rope_theta);
    expect(config.rope_scaling).toEqual(rope.rope_type === 'default' ? null : rope);
  });

  test('its tokenizer and chat template', async () => {
    const tokenizer = new Tokenizer(
      await json(join(folder, 'tokenizer.json')),
      await json(join(folder, 'tokenizer_config.json')),
    );
    const { texts } = await json(fixture('encodings.json'));
    for (const { text, ids } of texts) expect(tokenizer.encode(text).ids).toEqual(ids);
    expect(await json(join(folder, 'tokenizer_config.json'))).toMatchObject({
      eos_token: '<|im_end|>',
      pad_token: '<|endoftext|>',
      bos_token: null,
    });
    expect(await json(join(folder, 'generation_config.json'))).toMatchObject({ eos_token_id: [2] });
    expect(await readFile(join(folder, 'chat_template.jinja'), 'utf8')).toBe(
      await readFile(fixture('tokenizer/chat_template.jinja'), 'utf8'),
    );
  });

  test('with progress up to its whole size', () => {
    const [done, total] = progress.at(-1)!;
    expect(done).toBe(total);
    expect(progress.map(([done]) => done)).toEqual([...progress.map(([done]) => done)].sort((a, b) => a - b));
  });
});

const smollm2 = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct', { offline: true }).catch(
  () => undefined,
);
describe.skipIf(!smollm2)(
  `SmolLM2-135M-Instruct${smollm2 ? '' : ' (skipped: not in the cache; `charter pull smollm2-135m-instruct` puts it there)'}`,
  () => {
    test('has the weights that transformers reads, bit for bit', async () => {
      const { weights } = await openCheckpoint(smollm2!);
      const expected: Record<string, string> = (await json(golden('smollm2.json'))).weights;
      expect([...weights.keys()].sort()).toEqual(Object.keys(expected).sort());
      for (const [name, stored] of weights) {
        const values = await readTensor(stored);
        const digest = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
        expect([name, digest]).toEqual([name, expected[name]]);
      }
    });

    test('has the tokens that transformers makes', async () => {
      const tokenizer = new Tokenizer(
        await json(join(smollm2!, 'tokenizer.json')),
        await json(join(smollm2!, 'tokenizer_config.json')),
      );
      const { rows } = await json(fixture('smollm2/scores.json'));
      for (const { text, ids } of rows) expect(tokenizer.encode(text).ids).toEqual(ids);
    });
  },
);
