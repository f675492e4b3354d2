import { CharterError } from '@charter/core';

/** Training cannot start or go on; the message says what to change. Checkpoints that were written stay. */
export class TrainingError extends CharterError {
  override readonly name = 'TrainingError';
}
