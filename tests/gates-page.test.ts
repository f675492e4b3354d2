import { gateNames } from '@charter/critique';
import { expect, test } from 'vitest';
import { drawStoppedRow } from '../docs/gates/draw-stopped-row.js';
import { stoppedRows } from '../docs/gates/stopped-rows.js';
import { read } from './workspace.js';

test('the page of gates explains each with its picture, in the order in which they are asked', () => {
  expect(stoppedRows.map(({ gate }) => gate)).toEqual(gateNames);
  const page = read('docs/gates.md');
  expect([...page.matchAll(/^## `(.+)`$/gm)].map(match => match[1])).toEqual(gateNames);
  expect([...page.matchAll(/^!\[.*\]\(gates\/(.+)\.svg\)$/gm)].map(match => match[1])).toEqual(gateNames);
});

test.each(stoppedRows)('the picture of $gate is what the gate says today', row => {
  expect(drawStoppedRow(row)).toBe(read(`docs/gates/${row.gate}.svg`));
});
