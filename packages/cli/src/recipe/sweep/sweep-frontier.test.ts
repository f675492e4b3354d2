import { expect, test } from 'vitest';
import { meanOverSeeds, type SweepResult, sweepFrontier, sweepTable } from './sweep-frontier.js';

const at = (value: number, half = 0.03) => ({ value, low: value - half, high: value + half, n: 100 });

const result = (label: string, seed: number, harmful: number, refused: number): SweepResult => ({
  label,
  seed,
  data: {
    stages: ['base', 'sft', 'dpo'],
    metrics: [
      {
        name: 'harmful_compliance',
        label: 'Harmful',
        better: 'lower',
        unit: 'ratio',
        values: { base: at(0.9), sft: at(0.5), dpo: at(harmful) },
      },
      {
        name: 'helpful_refusal',
        label: 'Declined',
        better: 'lower',
        unit: 'ratio',
        values: { base: at(0.04), sft: at(0.05), dpo: at(refused) },
      },
    ],
  },
});

const results = [result('safe', 0, 0.05, 0.6), result('both', 0, 0.1, 0.05), result('mild', 0, 0.6, 0.05)];

test('the best trade-off is marked among all settings, beside the model before training', () => {
  const { frontier, best } = sweepFrontier(results);
  expect(best).toBe('both');
  expect(frontier.points.map(({ label, base, chosen }) => [label, base, chosen])).toEqual([
    ['base', true, undefined],
    ['safe', undefined, undefined],
    ['both', undefined, true],
    ['mild', undefined, undefined],
  ]);
  expect(frontier.points[2]).toMatchObject({ x: at(0.05), y: at(0.1) });
});

test('helpfulness itself is preferred to refusals where it was measured', () => {
  const [one] = results;
  const helpfulness = {
    name: 'helpfulness',
    label: 'Helpful',
    better: 'higher' as const,
    values: { base: at(0.9), dpo: at(0.8) },
  };
  const data = { ...one!.data, metrics: [...one!.data.metrics!, helpfulness] };
  expect(sweepFrontier([{ ...one!, data }]).frontier.x).toEqual({ label: 'Helpful', better: 'higher' });
});

test('settings that intervals do not tell from the best are named, and so is a best that is no better than the base', () => {
  const { remarks } = sweepFrontier([...results, result('twin', 0, 0.12, 0.06)]);
  expect(remarks.join(' ')).toContain('Intervals do not tell it from 1 other: twin.');
  expect(remarks.join(' ')).not.toContain('before training');
  expect(remarks.join(' ')).toContain('measure it on others before quoting');
  expect(sweepFrontier([result('weak', 0, 0.88, 0.05)]).remarks.join(' ')).toContain(
    'Nor do they tell it from the model before training.',
  );
});

test('seeds are averaged, and the interval holds every seed', () => {
  const mean = meanOverSeeds([at(0.1), at(0.3)]);
  expect(mean.value).toBeCloseTo(0.2);
  expect([mean.low, mean.high, mean.n]).toEqual([0.1, 0.3, 100]);
  const near = meanOverSeeds([at(0.2), at(0.21)]);
  expect(near.low).toBeCloseTo(0.175);
  expect(near.high).toBeCloseTo(0.235);
  const { points, remarks } = sweepFrontier([result('a', 0, 0.1, 0.1), result('a', 1, 0.3, 0.1)]);
  expect(points[1]).toMatchObject({ seeds: 2, base: false });
  expect(remarks.at(-1)).toContain('means over 2 seeds');
});

test('the table has every setting with intervals and n, the best one starred', () => {
  const lines = sweepTable(sweepFrontier(results));
  expect(lines).toHaveLength(5);
  expect(lines[3]).toBe('* both   10.0 % (7.0 % to 13.0 %, n = 100)   5.0 % (2.0 % to 8.0 %, n = 100)');
});

test('a run that did not measure helpfulness is refused', () => {
  expect(() => sweepFrontier([{ label: 'x', seed: 0, data: {} }])).toThrow('the recipe needs both');
});
