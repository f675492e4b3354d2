import { CharterError } from '@charter/core';

/** The pool cannot be used as it was asked for; the message says what to do. */
export class QueueError extends CharterError {
  override readonly name = 'QueueError';
}
