import { CharterError } from '@charter/core';

/** The prompt is longer than the model or its server takes; or a server's answer is thinking without an answer. */
export type GenerateErrorCode = 'context_length_exceeded' | 'reasoning_alone';

/** A request that cannot be answered as it stands, or a model or server that failed to answer it. */
export class GenerateError extends CharterError {
  override readonly name = 'GenerateError';
  /** Name of the model. */
  readonly model: string | undefined;
  /** The request's field that is wrong, such as `temperature`. */
  readonly field: string | undefined;
  /** HTTP status of an endpoint's answer. */
  readonly status: number | undefined;
  /** Reason that a program may act on. */
  readonly code: GenerateErrorCode | undefined;

  constructor(
    message: string,
    facts: {
      model?: string | undefined;
      field?: string | undefined;
      status?: number | undefined;
      code?: GenerateErrorCode | undefined;
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

/** True when a request failed by its own prompt, or at its own answer, so that other requests may succeed. */
export const isPromptFailure = (error: unknown): error is GenerateError => {
  if (!(error instanceof GenerateError)) return false;
  const { field, code, status = 0 } = error;
  return field === 'prompt' || code !== undefined || [400, 413, 422].includes(status) || status >= 500;
};
