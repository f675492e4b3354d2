import { expect, it } from 'vitest';
import { strftime } from './strftime.js';

it('writes dates as Python does in the C locale, in English on every machine', () => {
  const date = new Date(2025, 2, 4, 15, 6, 7);
  expect(strftime(date, '%d %b %Y, %A %B %-d, %H:%M:%S %I %p %F %% %Q')).toBe(
    '04 Mar 2025, Tuesday March 4, 15:06:07 03 PM 2025-03-04 % %Q',
  );
});
