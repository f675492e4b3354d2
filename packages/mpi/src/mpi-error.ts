import { CharterError } from '@charter/core';

/** MPI is not there, or was not started as it has to be; the message says what to do. */
export class MpiError extends CharterError {
  override readonly name = 'MpiError';
}
