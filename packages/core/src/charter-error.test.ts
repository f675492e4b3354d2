import { expect, test } from 'vitest';
import { CharterError, isCharterError } from './charter-error.js';

class ForeignCopyError extends Error {
  constructor() {
    super('made by another installed copy');
    Object.assign(this, { [Symbol.for('charter.error')]: true });
  }
}

test('errors of any installed copy are known by their marker, others are not', () => {
  expect(isCharterError(new CharterError('x'))).toBe(true);
  expect(isCharterError(new ForeignCopyError())).toBe(true);
  expect(isCharterError(new Error('x'))).toBe(false);
  expect(isCharterError('x')).toBe(false);
});
