import { describe, expect, test } from 'vitest';
import type { TopKLogits } from './next-logits.js';
import { createSampler } from './sampler.js';
import { parseSamplingOptions } from './sampling-options.js';

const VOCABULARY = 500;
let state = 5;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) / 2 ** 24;
};

/** Logits with ties, as rounded weights give them. */
const someLogits = (spread: number) =>
  Float32Array.from({ length: VOCABULARY }, () => Math.round(random() * spread * 20) / 20);

/** The k largest of them, as a decoding step returns them. */
const topKOf = (logits: Float32Array, k: number, temperature: number): TopKLogits => {
  const ids = Int32Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
  const scale = 1 / temperature;
  const top = logits[ids[0]!]! * scale;
  const sum = logits.reduce((total, logit) => total + Math.exp(logit * scale - top), 0);
  return {
    ids: ids.slice(0, k),
    logits: Float32Array.from(ids.slice(0, k), id => logits[id]!),
    complete: k === VOCABULARY,
    logSumExp: Math.fround(top + Math.log(sum)),
  };
};

const cases = [
  { temperature: 0 },
  { top_k: 1 },
  { top_k: 20, temperature: 0.7 },
  { top_k: 40, top_p: 0.9, temperature: 0.3 },
  { top_p: 0.9, temperature: 0.3 },
  { top_p: 0.5 },
  { top_p: 0 },
  { min_p: 0.2 },
  { top_p: 0.95, min_p: 0.05, temperature: 0.5 },
];

describe.each(cases)('with %j', given => {
  const options = parseSamplingOptions({ prompt: '', ...given }, 'tiny');

  test('the k largest logits give the token that all logits give, or say that they are not enough', () => {
    let enough = 0;
    for (let seed = 0; seed < 300; seed++) {
      const logits = someLogits(30);
      const topK = topKOf(logits, 64, options.temperature || 1);
      const fromTopK = createSampler([], options, seed);
      const id = fromTopK.nextFromTopK(topK);
      if (id === undefined) continue;
      enough += 1;
      const whole = createSampler([], options, seed);
      expect(id).toBe(whole.next(logits.slice()));
      // The random stream goes on from the same place.
      const next = someLogits(30);
      expect(fromTopK.next(next.slice())).toBe(whole.next(next));
    }
    expect(enough).toBeGreaterThan(270);
  });
});

test.each([
  ['a nucleus that reaches beyond them', { top_p: 0.99, temperature: 5 }],
  ['a bound that more tokens reach', { min_p: 0.01, temperature: 5 }],
])('they are not enough for %s, and nothing is drawn', (_, given) => {
  const options = parseSamplingOptions({ prompt: '', ...given }, 'tiny');
  const [asked, other] = [createSampler([], options, 1), createSampler([], options, 1)];
  const logits = someLogits(1);
  expect(asked.nextFromTopK(topKOf(logits, 64, options.temperature))).toBeUndefined();
  expect(asked.next(logits.slice())).toBe(other.next(logits.slice()));
});

test('they are not enough where more may be as likely as the last of top_k', () => {
  const options = parseSamplingOptions({ prompt: '', top_k: 3 }, 'tiny');
  const logits = new Float32Array(VOCABULARY);
  expect(createSampler([], options, 1).nextFromTopK(topKOf(logits, 64, 1))).toBeUndefined();
});

test('logits that are no numbers are told', () => {
  const topK = { ids: Int32Array.of(0), logits: Float32Array.of(Number.NaN), complete: false };
  expect(() =>
    createSampler([], parseSamplingOptions({ prompt: '', temperature: 0 }, 'tiny'), 1).nextFromTopK(topK),
  ).toThrow("The model's logits hold NaN: its weights, or an adapter on them, are broken.");
});
