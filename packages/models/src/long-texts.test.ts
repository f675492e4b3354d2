import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheInvalidatedAt, longestText, prefixStableUpTo } from './rope/rotary-feeds.js';
import { largestDifference, openFixture, readScores } from './testing/fixture-model.js';
import { packedLogps } from './testing/packed-logps.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
});
afterAll(() => runtime?.dispose());

describe.each([
  ['llama-dynamic', { longest: Number.POSITIVE_INFINITY, recomputed: undefined }],
  ['phi3-longrope', { longest: 2048, recomputed: 257 }],
])('%s, whose frequencies change beyond 256 tokens', (name, { longest, recomputed }) => {
  it.each([
    ['each text in a row', { packing: false, sharing: false }],
    ['short texts side by side', { packing: true, sharing: true }],
  ])('gives texts of 255 to 600 tokens the log-probabilities of transformers, %s', async (_, options) => {
    const scores = await readScores(`long/${name}/numbers.json`);
    expect(scores.map(({ ids }) => ids.length)).toEqual([255, 256, 257, 300, 600]);
    const texts = scores.map(({ ids }) => ids);
    const logps = await packedLogps(runtime, await openFixture(name), texts, options);
    const expected = scores.flatMap(({ logprobs }) => logprobs);
    expect(largestDifference(logps, expected)).toBeLessThan(1e-4);
  });

  it('says how long texts may be and what becomes of a cache', async () => {
    const { config } = await openFixture(name);
    expect(longestText(config)).toBe(longest);
    expect(prefixStableUpTo(config)).toBe(256);
    expect(cacheInvalidatedAt(config)).toBe(recomputed);
  });
});

it('other models take texts up to max_position_embeddings, and compute all of them alike', async () => {
  const { config } = await openFixture('llama');
  expect(longestText(config)).toBe(256);
  expect(prefixStableUpTo(config)).toBe(Number.POSITIVE_INFINITY);
  expect(cacheInvalidatedAt(config)).toBeUndefined();
});
