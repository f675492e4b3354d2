import { gateNames } from '@charter/critique';
import { expect, test } from 'vitest';
import { drawRejectedRow } from '../docs/gates/draw-rejected-row.js';
import { rejectedRows } from '../docs/gates/rejected-rows.js';
import { read } from './workspace.js';

test('the page of gates explains each with its picture, in the order in which they are asked', () => {
  expect(rejectedRows.map(({ gate }) => gate)).toEqual(gateNames);
  const page = read('docs/gates.md');
  expect([...page.matchAll(/^## `(.+)`$/gm)].map(match => match[1])).toEqual(gateNames);
  expect([...page.matchAll(/^!\[.*\]\(gates\/(.+)\.svg\)$/gm)].map(match => match[1])).toEqual(gateNames);
});

test.each(rejectedRows)('the picture of $gate is what the gate says today', row => {
  expect(drawRejectedRow(row)).toBe(read(`docs/gates/${row.gate}.svg`));
});
