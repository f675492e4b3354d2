import { describe, expect, test } from 'vitest';
import { GenerateError } from '../generate-error.js';
import { createSampler, seedOfRequest } from './sampler.js';
import { parseSamplingOptions } from './sampling-options.js';

const options = (given: Parameters<typeof parseSamplingOptions>[0] = { prompt: '' }) =>
  parseSamplingOptions(given, 'tiny');
const uniform = () => new Float32Array(100);
const draws = (seed: number, count = 50) => {
  const sampler = createSampler([], options(), seed);
  return Array.from({ length: count }, () => sampler.next(uniform()));
};

describe('a seed', () => {
  test('gives the same tokens again', () => {
    expect(draws(42)).toEqual(draws(42));
  });

  test('gives these tokens in this version, so that recorded runs stay reproducible', () => {
    expect(draws(42, 8)).toMatchInlineSnapshot(`
      [
        21,
        80,
        49,
        76,
        24,
        75,
        12,
        48,
      ]
    `);
  });

  test.each([
    [42, 43],
    [0, 2 ** 32],
    [-1, 1],
    [1, 2 ** 53 - 1],
  ])('%i and its neighbour %i give different tokens', (a, b) => {
    const one = draws(a);
    const other = draws(b);
    // Two independent streams agree in one of a hundred places.
    expect(one.filter((id, i) => id === other[i]).length).toBeLessThan(8);
  });

  test('draws every token as often as its probability says', () => {
    const logits = Float32Array.from([0.5, 0.3, 0.2], Math.log);
    const counts = [0, 0, 0];
    const sampler = createSampler([], options(), 7);
    for (let i = 0; i < 10_000; i++) counts[sampler.next(logits)]! += 1;
    // Four standard deviations of a share of 10,000 draws are 0.02 at most.
    counts.forEach((n, id) => {
      expect(Math.abs(n / 10_000 - [0.5, 0.3, 0.2][id]!)).toBeLessThan(0.02);
    });
  });

  test('of a request without one differs from request to request, and repeats with the model’s seed', () => {
    const seeds = Array.from({ length: 1000 }, (_, n) => seedOfRequest(1, n));
    expect(new Set(seeds).size).toBe(1000);
    expect(seedOfRequest(1, 5)).toBe(seeds[5]);
    expect(seedOfRequest(2, 5)).not.toBe(seeds[5]);
  });
});

describe('greedy choice', () => {
  test('takes the most likely token', () => {
    const sampler = createSampler([], options({ prompt: '', temperature: 0 }), 1);
    expect(sampler.next(Float32Array.of(0, 2, 1))).toBe(1);
  });

  test('counts tokens of the prompt and of the text as seen', () => {
    const sampler = createSampler([1], options({ prompt: '', temperature: 0, repetition_penalty: 2 }), 1);
    // 3 and 2.5 halved fall behind one after the other.
    expect(sampler.next(Float32Array.of(2.5, 3, 2))).toBe(0);
    expect(sampler.next(Float32Array.of(2.5, 3, 2))).toBe(2);
  });
});

test.each([
  ['NaN', Float32Array.of(0, Number.NaN, 0)],
  ['NaN at the start', Float32Array.of(Number.NaN, 1)],
  ['infinity', Float32Array.of(0, Number.POSITIVE_INFINITY)],
  ['minus infinity alone', new Float32Array(3).fill(Number.NEGATIVE_INFINITY)],
])('logits that hold %s are an error, not a token', (_, logits) => {
  for (const temperature of [0, 1]) {
    const sampler = createSampler([], options({ prompt: '', temperature }), 1);
    expect(() => sampler.next(logits.slice())).toThrow(GenerateError);
  }
});

describe('options', () => {
  test('that are left out draw from the model’s own distribution', () => {
    expect(options()).toEqual({
      max_new_tokens: 256,
      temperature: 1,
      top_p: 1,
      top_k: 0,
      min_p: 0,
      repetition_penalty: 1,
      stop: [],
    });
  });

  test.each([
    ['temperature', { temperature: -1 }, 'generate: temperature is -1. '],
    ['top_p', { top_p: 1.5 }, 'generate: top_p is 1.5. '],
    ['top_k', { top_k: 2.5 }, 'generate: top_k is 2.5. '],
    ['min_p', { min_p: 2 }, 'generate: min_p is 2. '],
    ['repetition_penalty', { repetition_penalty: 0 }, 'generate: repetition_penalty is 0. '],
    ['max_new_tokens', { max_new_tokens: 0 }, 'generate: max_new_tokens is 0. '],
    ['seed', { seed: 0.5 }, 'generate: seed is 0.5. '],
    ['stop', { stop: [''] }, 'generate: stop is [""]. '],
  ])('%s out of range is refused with its value', (field, given, message) => {
    try {
      options({ prompt: '', ...given });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ name: 'GenerateError', field, model: 'tiny' });
      expect((error as Error).message).toContain(message);
    }
  });
});
