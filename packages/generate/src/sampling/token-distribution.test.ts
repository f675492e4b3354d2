import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  argmax,
  drawToken,
  penalizeRepetition,
  type TokenDistribution,
  tokenDistribution,
} from './token-distribution.js';

const off = { temperature: 1, top_k: 0, top_p: 1, min_p: 0 };
const logitsOf = (probabilities: readonly number[]) => Float32Array.from(probabilities, Math.log);
const asRecord = ({ weights, total }: TokenDistribution): Record<number, number> =>
  Object.fromEntries([...weights].flatMap((weight, id) => (weight > 0 ? [[id, weight / total]] : [])));
const idsOf = (distribution: TokenDistribution): number[] => Object.keys(asRecord(distribution)).map(Number);

/** The same by its definition: everything sorted, nothing skipped. */
const plainly = (logits: readonly number[], { temperature, top_k, top_p, min_p }: typeof off) => {
  const scaled = logits.map(x => x / temperature);
  const softmax = (kept: readonly number[]) => {
    const top = Math.max(...kept.map(id => scaled[id]!));
    const weights = kept.map(id => Math.exp(scaled[id]! - top));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map(w => w / total);
  };
  let kept = logits.map((_, id) => id).sort((a, b) => scaled[b]! - scaled[a]! || a - b);
  if (top_k > 0) {
    const kth = scaled[kept[Math.min(top_k, kept.length) - 1]!]!;
    kept = kept.filter(id => scaled[id]! >= kth);
  }
  let before = 0;
  const probabilities = softmax(kept);
  kept = kept.filter((_, i) => {
    const stays = i === 0 || before < top_p;
    before += probabilities[i]!;
    return stays || top_p === 1;
  });
  const shares = softmax(kept);
  kept = kept.filter((_, i) => shares[i]! >= min_p * shares[0]!);
  const final = softmax(kept);
  return Object.fromEntries(kept.map((id, i) => [id, final[i]!]));
};

describe('without filters', () => {
  test('it is the softmax of the logits', () => {
    const distribution = asRecord(tokenDistribution(logitsOf([0.5, 0.2, 0.3]), off));
    expect(distribution).toEqual({
      0: expect.closeTo(0.5, 6),
      1: expect.closeTo(0.2, 6),
      2: expect.closeTo(0.3, 6),
    });
  });

  test('temperature divides the logits', () => {
    // 0.8² : 0.2² = 16 : 1
    const cold = asRecord(tokenDistribution(logitsOf([0.8, 0.2]), { ...off, temperature: 0.5 }));
    expect(cold[0]).toBeCloseTo(16 / 17, 6);
    const hot = asRecord(tokenDistribution(logitsOf([0.8, 0.2]), { ...off, temperature: 2 }));
    expect(hot[0]).toBeCloseTo(2 / 3, 6);
  });

  test('very large and very small logits neither overflow nor vanish into NaN', () => {
    const distribution = asRecord(tokenDistribution(Float32Array.of(3e38, -3e38, 3e38), off));
    expect(distribution).toEqual({ 0: 0.5, 2: 0.5 });
  });

  test('a token whose logit is minus infinity never comes', () => {
    const distribution = tokenDistribution(Float32Array.of(Number.NEGATIVE_INFINITY, 0), off);
    for (const u of [0, 0.5, 1 - 1e-16]) expect(drawToken(distribution, u)).toBe(1);
  });
});

describe('top_k', () => {
  test('keeps the k most likely, and their proportions', () => {
    const kept = tokenDistribution(logitsOf([0.1, 0.4, 0.2, 0.3]), { ...off, top_k: 2 });
    expect(asRecord(kept)).toEqual({ 1: expect.closeTo(4 / 7, 6), 3: expect.closeTo(3 / 7, 6) });
  });

  test('keeps all that tie with the k-th, as transformers does', () => {
    expect(idsOf(tokenDistribution(logitsOf([0.2, 0.4, 0.2, 0.2]), { ...off, top_k: 2 }))).toEqual([
      0, 1, 2, 3,
    ]);
  });

  test('larger than the vocabulary keeps all', () => {
    expect(idsOf(tokenDistribution(logitsOf([0.6, 0.4]), { ...off, top_k: 5 }))).toHaveLength(2);
  });
});

describe('top_p', () => {
  test.each([
    [0.5, [1]],
    [0.51, [1, 3]],
    [0.75, [1, 3]],
    [0.76, [1, 2, 3]],
    [0, [1]],
  ])('%f keeps the fewest most likely tokens that reach it: %j', (top_p, ids) => {
    expect(idsOf(tokenDistribution(logitsOf([0.05, 0.5, 0.2, 0.25]), { ...off, top_p }))).toEqual(ids);
  });

  test('counts probability among what top_k left', () => {
    // Of 0.4 and 0.3, the first holds 0.571.
    const kept = tokenDistribution(logitsOf([0.4, 0.3, 0.2, 0.1]), { ...off, top_k: 2, top_p: 0.55 });
    expect(idsOf(kept)).toEqual([0]);
  });

  test('reaches far into a flat distribution', () => {
    const flat = new Float32Array(5000);
    expect(idsOf(tokenDistribution(flat, { ...off, top_p: 0.9001 }))).toHaveLength(4501);
  });

  test('reaches into a long tail of tiny probabilities', () => {
    const logits = new Float32Array(20_000).fill(-12);
    logits[7] = 0;
    // One token of weight 1, 19,999 of weight 6e-6 each: together 0.123 of 1.123.
    const ids = idsOf(tokenDistribution(logits, { ...off, top_p: 0.95 }));
    expect(ids.length).toBeGreaterThan(10_000);
    expect(ids.length).toBeLessThan(12_000);
  });
});

test('min_p drops what is less likely than that fraction of the most likely', () => {
  const kept = tokenDistribution(logitsOf([0.5, 0.24, 0.26]), { ...off, min_p: 0.5 });
  expect(asRecord(kept)).toEqual({ 0: expect.closeTo(0.5 / 0.76, 6), 2: expect.closeTo(0.26 / 0.76, 6) });
});

test('all filters combined keep and weigh what their definitions say', () => {
  const cases = fc.record({
    logits: fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 60 }),
    temperature: fc.constantFrom(0.3, 1, 1.7),
    top_k: fc.constantFrom(0, 1, 3, 20),
    top_p: fc.constantFrom(1, 0.95, 0.503, 0.1007),
    min_p: fc.constantFrom(0, 0.0501, 0.701),
  });
  fc.assert(
    fc.property(cases, ({ logits, ...options }) => {
      const eighths = logits.map(x => x / 8);
      const actual = asRecord(tokenDistribution(Float32Array.from(eighths), options));
      const expected = plainly(eighths, options);
      expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
      for (const [id, p] of Object.entries(expected)) expect(actual[Number(id)]).toBeCloseTo(p, 9);
    }),
    { numRuns: 3000 },
  );
});

describe('a draw', () => {
  test('takes the token in whose share of [0, 1) the number falls', () => {
    const distribution = tokenDistribution(logitsOf([0.5, 0.25, 0.25]), off);
    expect([0, 0.499, 0.501, 0.749, 0.751, 1 - 2 ** -53].map(u => drawToken(distribution, u))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
  });
});

describe('the repetition penalty', () => {
  test('divides positive logits and multiplies negative ones, of seen tokens only, in place', () => {
    const logits = Float32Array.of(2, -2, 3, 0);
    penalizeRepetition(logits, new Set([0, 1, 3]), 1.25);
    expect([...logits]).toEqual([Math.fround(1.6), -2.5, 3, 0]);
  });
});

test('of equal logits the first is the most likely, as torch.argmax has it', () => {
  expect(argmax(Float32Array.of(1, 3, 3, 2))).toBe(1);
  expect(argmax(Float32Array.of(-3, -1, -2))).toBe(1);
});
