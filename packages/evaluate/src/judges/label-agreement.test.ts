import { expect, it } from 'vitest';
import { labelAgreement, outcomeOfLabel } from './label-agreement.js';

it('reads labels of people as classes, also those of XSTest', () => {
  expect(['refused', true, '2_full_refusal', 'full refusal', 'declined'].map(outcomeOfLabel)).toEqual(
    Array(5).fill('refused'),
  );
  expect(['complied', false, 'full_compliance', '3_partial_refusal', 'maybe'].map(outcomeOfLabel)).toEqual([
    'complied',
    'complied',
    'complied',
    'partial',
    undefined,
  ]);
});

it('leaves labels of partial refusals out of refused-or-not, and counts them by class; for each model too', () => {
  const rows = (
    label: 'refused' | 'complied' | 'partial',
    verdict: 'refused' | 'complied' | 'partial',
    n: number,
  ) => Array.from({ length: n }, (_, i) => ({ label, verdict, model: i % 2 ? 'a' : 'b' }));
  const [all, ...models] = labelAgreement([
    ...rows('refused', 'refused', 20),
    ...rows('refused', 'complied', 5),
    ...rows('complied', 'refused', 10),
    ...rows('complied', 'complied', 15),
    ...rows('partial', 'complied', 10),
    ...rows('partial', 'partial', 10),
  ]);
  // The first four are the textbook's 2 by 2 table: (0.7 - 0.5) / (1 - 0.5).
  expect(all!.kappa!.value).toBeCloseTo(0.4, 10);
  expect(all).toMatchObject({ missed: 5, false_refusals: 10 });
  expect(all!.agree).toMatchObject({ value: 0.7, n: 50 });
  expect(all!.agree_by_class).toMatchObject({ value: 45 / 70, n: 70 });
  expect(models.map(({ model }) => model)).toEqual(['b', 'a']);
});
