// TypeScript takes a computed class field only from a constant of its own.
const charterError: unique symbol = Symbol.for('charter.error');

/**
 * Base of every error that describes something that the user can put right. The message says what was wrong, where, and
 * what to do. The marker is a global symbol, so that two installed copies of a package agree.
 */
export class CharterError extends Error {
  readonly [charterError] = true;
  override readonly name: string = 'CharterError';
}

/** True for a {@link CharterError} of any installed copy of this package. */
export const isCharterError = (error: unknown): error is CharterError =>
  error instanceof Error && (error as { [charterError]?: unknown })[charterError] === true;
