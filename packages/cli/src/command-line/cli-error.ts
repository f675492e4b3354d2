import { CharterError } from '@charter/core';

/** A mistake in the options or inputs of a command; the message says where and what to do. */
export class CliError extends CharterError {
  override readonly name: string = 'CliError';
}

/** Thrown when the user stops a command; the same command resumes. */
export class Stopped extends CliError {
  override readonly name = 'Stopped';
  constructor() {
    super('Stopped. The same command resumes.');
  }
}
