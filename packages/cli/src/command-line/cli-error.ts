const charterError: unique symbol = Symbol.for('charter.error');

/** A mistake in how a command was called; the message says which option and what to do. */
export class CliError extends Error {
  readonly [charterError] = true;
  override readonly name: string = 'CliError';
}

/** The user stopped the command: what is done is kept, and the same command goes on. */
export class Stopped extends CliError {
  override readonly name = 'Stopped';
  constructor() {
    super('Stopped. Give the same command again to go on.');
  }
}

/** Whether an error of any package describes something that the user can put right. */
export const isUserError = (error: unknown): error is Error =>
  error instanceof Error && (error as { [charterError]?: unknown })[charterError] === true;
