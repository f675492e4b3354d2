import { CharterError } from '@charter/core';

/** A mistake in how a command was called; the message says which option and what to do. */
export class CliError extends CharterError {
  override readonly name: string = 'CliError';
}

/** The user stopped the command: what is done is kept, and the same command goes on. */
export class Stopped extends CliError {
  override readonly name = 'Stopped';
  constructor() {
    super('Stopped. Give the same command again to go on.');
  }
}
