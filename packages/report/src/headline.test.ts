import { expect, test } from 'vitest';
import { demo } from '../test/demo.js';
import { changeOf, headline, summary } from './headline.js';
import { type Metric, parseReport } from './report-data.js';

const metric = (extra: Partial<Metric>): Metric => ({
  name: 'a',
  label: 'A',
  better: 'lower',
  unit: 'ratio',
  values: {},
  ...extra,
});
const stages = ['base', 'dpo'];
const at = (value: number, low: number, high: number) => ({ value, low, high, n: 100 });

test('intervals that do not overlap are a clear change, for better or worse', () => {
  const values = { base: at(0.9, 0.85, 0.95), dpo: at(0.1, 0.05, 0.15) };
  expect(changeOf(metric({ values }), stages)).toMatchObject({ verdict: 'better', words: 'clearly lower' });
  expect(changeOf(metric({ values, better: 'higher' }), stages)?.verdict).toBe('worse');
  expect(changeOf(metric({ values, better: 'none' }), stages)?.verdict).toBe('changed');
});

test('intervals that overlap are no clear change, however far the values are apart', () => {
  const values = { base: at(0.9, 0.4, 1), dpo: at(0.3, 0.1, 0.6) };
  expect(changeOf(metric({ values }), stages)).toMatchObject({
    verdict: 'unclear',
    words: 'no clear change',
  });
});

test('a paired test of the two stages decides where there is one', () => {
  const values = { base: at(0.5, 0.4, 0.6), dpo: at(0.45, 0.35, 0.55) };
  const paired = {
    from: 'base',
    to: 'dpo',
    difference: -0.05,
    low: -0.08,
    high: -0.02,
    n: 100,
    p: 0.012,
    test: 'McNemar',
  };
  const change = changeOf(metric({ values, comparisons: [paired] }), stages);
  expect(change?.verdict).toBe('better');
  expect(change?.basis.replaceAll('\u00a0', ' ')).toBe('McNemar: −5 points (−8 to −2), p = 0.012, n = 100');
  expect(changeOf(metric({ values, comparisons: [{ ...paired, high: 0.01 }] }), stages)?.verdict).toBe(
    'unclear',
  );
});

test('without intervals nothing is claimed', () => {
  const values = { base: { value: 0.9, n: 100 }, dpo: { value: 0.1, n: 100 } };
  expect(changeOf(metric({ values }), stages)).toMatchObject({
    verdict: 'unclear',
    words: 'no interval: cannot tell',
  });
});

test('one stage is no change', () => {
  expect(changeOf(metric({ values: { base: at(0.9, 0.8, 1) } }), stages)).toBeUndefined();
});

test('what got clearly worse is in the headline, wherever it stands in the list', () => {
  expect(headline(parseReport(demo)).map(change => change.metric.name)).toEqual([
    'harmful_compliance',
    'right_reason',
    'helpfulness',
    'over_refusal_rate',
  ]);
  expect(summary(parseReport(demo))?.replaceAll('\u00a0', ' ')).toBe(
    'Harmful requests complied with: clearly lower, 92 % → 8 %. Of 6 other measures, 2 got clearly better, 1 got clearly worse, 1 clearly changed where neither way is better and 2 show no clear change.',
  );
});
