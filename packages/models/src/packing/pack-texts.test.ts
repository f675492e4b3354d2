import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FixtureModel,
  fixtureModels,
  largestDifference,
  openFixture,
  readScores,
} from '../testing/fixture-model.js';
import { packedLogps } from '../testing/packed-logps.js';
import { type PackOptions, packTexts } from './pack-texts.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
});
afterAll(() => runtime?.dispose());

describe.each(fixtureModels)('log-probabilities of %s are those of transformers', name => {
  const difference = async (options: PackOptions) => {
    const [model, scores] = [await openFixture(name), await readScores(`scores/${name}.json`)];
    const texts = scores.map(({ ids }) => ids);
    const expected = scores.flatMap(({ logprobs }) => logprobs);
    return largestDifference(await packedLogps(runtime, model, texts, options), expected);
  };

  it('one text a row, padded, all of it computed', async () => {
    expect(await difference({ packing: false, sharing: false })).toBeLessThan(1e-4);
  });

  it('short texts side by side, what they have in common once', async () => {
    expect(await difference({})).toBeLessThan(1e-4);
  });
});

describe('what a configuration says has an effect', () => {
  const logps = async (name: string, change: Partial<FixtureModel['config']> = {}) => {
    const { config, weights } = await openFixture(name);
    const texts = (await readScores(`scores/${name}.json`)).map(({ ids }) => ids);
    const longest = texts.sort((a, b) => b.length - a.length)[0]!;
    return packedLogps(runtime, { config: { ...config, ...change }, weights }, [longest]);
  };

  it('a sliding window: the first tokens past it are the first to differ', async () => {
    const all: 'full_attention'[] = ['full_attention', 'full_attention'];
    const [sliding, full] = [await logps('mistral'), await logps('mistral', { layer_types: all })];
    // A window of 8 hides the first token from the ninth, whose prediction is the ninth label's.
    expect(largestDifference(sliding.subarray(0, 8), full.subarray(0, 8))).toBeLessThan(1e-5);
    expect(Math.abs(sliding[8]! - full[8]!)).toBeGreaterThan(1e-3);
  });

  it('the scaling of rotary frequencies', async () => {
    const { config } = await openFixture('llama-untied-rope3');
    expect(config.rope_parameters.rope_type).toBe('llama3');
    const { rope_theta } = config.rope_parameters;
    const plain = await logps('llama-untied-rope3', {
      rope_parameters: { rope_type: 'default', rope_theta },
    });
    expect(largestDifference(await logps('llama-untied-rope3'), plain)).toBeGreaterThan(0.01);
  });

  it('the frequencies of layers with a window, where they are their own', async () => {
    const { config } = await openFixture('gemma3');
    const { rope_local_base_freq, rope_parameters } = config;
    expect({ rope_local_base_freq, ...rope_parameters }).toMatchObject({
      rope_local_base_freq: 10_000,
      rope_theta: 1_000_000,
      factor: 4,
    });
    const shared = await logps('gemma3', { rope_local_base_freq: null });
    expect(largestDifference(await logps('gemma3'), shared)).toBeGreaterThan(0.01);
  });

  it('what scores are divided by', async () => {
    const other = await logps('gemma3', { query_pre_attn_scalar: 16 });
    expect(largestDifference(await logps('gemma3'), other)).toBeGreaterThan(0.01);
  });

  it('the part of each head that is rotated', async () => {
    const { config } = await openFixture('phi3-longrope');
    const { rope_parameters: rope } = config;
    expect(rope).toMatchObject({ rope_type: 'longrope', partial_rotary_factor: 0.75 });
    const rope_parameters = { rope_type: 'default', rope_theta: rope.rope_theta } as const;
    const [all, part] = [
      await logps('phi3-longrope', { rope_parameters }),
      await logps('phi3-longrope', { rope_parameters: { ...rope_parameters, partial_rotary_factor: 0.75 } }),
    ];
    expect(largestDifference(all, part)).toBeGreaterThan(0.01);
  });

  it('tied embeddings: an lm_head.weight in the file is not used', async () => {
    const { config, weights } = await openFixture('llama');
    const other = weights.get('model.layers.0.mlp.up_proj.weight')!;
    const text = [5, 6, 7, 8];
    const both = new Map([...weights, ['lm_head.weight', other] as const]);
    expect(await packedLogps(runtime, { config, weights: both }, [text])).toEqual(
      await packedLogps(runtime, { config, weights }, [text]),
    );
  });
});

describe('what texts have in common', () => {
  it.each(fixtureModels)('%s: computed once, it is as if each text were computed alone', async name => {
    const model = await openFixture(name);
    const scores = await readScores(`scores/${name}.json`);
    const [long, other] = [scores[0]!.ids, scores[1]!.ids];
    const prompt = long.slice(0, 12);
    // Two fork after the prompt and one within it; one has nothing in common with the others.
    const texts = [
      [...prompt, ...long.slice(12, 30)],
      [...prompt, ...other.slice(0, 9)],
      [...prompt.slice(0, 5), ...other.slice(5, 20)],
      other.slice(3, 10),
    ];
    const tokens = packTexts(texts.map(ids => ({ ids, length: 30 }))).feeds.input_ids.data.length;
    expect(tokens).toBe(texts.flat().length - 12 - 5);
    const alone: number[] = [];
    for (const text of texts) alone.push(...(await packedLogps(runtime, model, [text])));
    expect(largestDifference(await packedLogps(runtime, model, texts), alone)).toBeLessThan(1e-5);
  });
});
