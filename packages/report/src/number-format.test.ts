import { expect, test } from 'vitest';
import { duration, evidence, number, numberFormat } from './number-format.js';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('ratios are percentages, other units stand after the number', () => {
  const ratio = { value: 0.92, low: 0.875, high: 0.95, n: 200 };
  const tokens = { value: 61.2, low: 58, high: 64.1, n: 1400 };
  expect(plain(numberFormat('ratio', [ratio]).value(0.92))).toBe('92 %');
  expect(plain(evidence(numberFormat('ratio', [ratio]), ratio))).toBe('88–95 %, n = 200');
  expect(plain(numberFormat('tokens', [tokens]).value(61.2))).toBe('61.2 tokens');
  expect(plain(evidence(numberFormat('tokens', [tokens]), tokens))).toBe('58.0–64.1, n = 1,400');
});

test('a rare event and a nearly perfect score keep a decimal', () => {
  for (const value of [0.004, 0.996])
    expect(plain(numberFormat('ratio', [{ value, n: 250 }]).value(value))).toBe(
      `${(value * 100).toFixed(1)} %`,
    );
  expect(plain(numberFormat('ratio', [{ value: 1, n: 250 }]).value(1))).toBe('100 %');
});

test('a missing interval is said, not left out', () => {
  expect(plain(evidence(numberFormat('ratio', []), { value: 0.5, n: 12 }))).toBe('no interval, n = 12');
});

test('an interval below zero is not written with two dashes in a row', () => {
  const format = numberFormat('nats', [{ value: -1.5, n: 9 }]);
  expect(format.interval(-2, 1)).toBe('−2.00 to 1.00');
});

test('numbers of any size stay readable', () => {
  expect([0, 12345, 0.042123, 1.5, 123.4, 0.0002, NaN].map(number)).toEqual([
    '0',
    '12,345',
    '0.042',
    '1.50',
    '123',
    '2.00e−4',
    'NaN',
  ]);
  expect([0.42, 75, 3600, 7265].map(duration).map(plain)).toEqual([
    '0.4 s',
    '1 min 15 s',
    '1 h',
    '2 h 1 min',
  ]);
});
