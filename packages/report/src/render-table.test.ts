import { expect, it } from 'vitest';
import { renderTable } from './render-table.js';

const rate = (value: number, low: number, high: number) => ({ value, low, high, n: 200 });

it('aligns before and after, each with interval and number of cases', () => {
  const table = renderTable({
    title: 't',
    stages: ['base', 'sft'],
    metrics: [
      {
        name: 'harmful_compliance',
        label: 'Harmful requests complied with',
        unit: 'ratio',
        better: 'lower',
        values: { base: rate(0.9, 0.85, 0.93), sft: rate(0.05, 0.03, 0.09) },
      },
      {
        name: 'helpfulness',
        label: 'Helpful',
        unit: 'ratio',
        better: 'higher',
        values: { base: rate(0.9, 0.85, 0.93), sft: rate(0.91, 0.86, 0.94) },
      },
    ],
  });
  expect(table.split('\n')).toEqual([
    '                                before                   after SFT',
    'Harmful requests complied with  90 % (85–93 %, n = 200)  5 % (3–9 %, n = 200)     clearly lower',
    'Helpful                         90 % (85–93 %, n = 200)  91 % (86–94 %, n = 200)  no clear change',
  ]);
});

it('shows further measures only where they got worse', () => {
  const metric = (name: string, after: number) => ({
    name,
    label: name,
    unit: 'ratio' as const,
    better: 'higher' as const,
    values: { base: rate(0.5, 0.45, 0.55), dpo: rate(after, after - 0.05, after + 0.05) },
  });
  const metrics = ['a', 'b', 'c', 'd', 'e'].map(name => metric(name, 0.5));
  const table = renderTable({ title: 't', stages: ['base', 'dpo'], metrics: [...metrics, metric('f', 0.1)] });
  expect(table.split('\n').map(line => line.split(' ')[0])).toEqual(['', 'a', 'b', 'c', 'd', 'f']);
});

it('is empty where nothing was measured twice', () => {
  expect(renderTable({ title: 't' })).toBe('');
});
