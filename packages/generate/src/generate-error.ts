import { CharterError } from '@charter/core';

/** A request that cannot be answered as it stands, or a model or server that failed to answer it. */
export class GenerateError extends CharterError {
  override readonly name = 'GenerateError';
  /** Name of the model. */
  readonly model: string | undefined;
  /** The request's field that is wrong, such as `temperature`. */
  readonly field: string | undefined;
  /** HTTP status of an endpoint's answer. */
  readonly status: number | undefined;
  /** Reason that a program may act on: the prompt is longer than the model or its server takes. */
  readonly code: 'context_length_exceeded' | undefined;

  constructor(
    message: string,
    facts: {
      model?: string | undefined;
      field?: string | undefined;
      status?: number | undefined;
      code?: 'context_length_exceeded' | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.model = facts.model;
    this.field = facts.field;
    this.status = facts.status;
    this.code = facts.code;
  }
}
