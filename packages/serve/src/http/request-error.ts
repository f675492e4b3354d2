import { printable } from './printable.js';

/** The API's answer to a request that it cannot fulfil: a status, and `{ error: { message, type, param, code } }`. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;
  readonly param: string | null;
  readonly code: string | null;

  constructor(
    status: number,
    message: string,
    { param = null, code = null }: { param?: string | null; code?: string | null } = {},
  ) {
    super(printable(message));
    this.status = status;
    this.param = param === null ? null : printable(param);
    this.code = code;
  }

  /** Body of the answer. */
  toJSON() {
    const { message, param, code, status } = this;
    return { error: { message, type: typeOf(status), param, code } };
  }
}

/** OpenAI's types of errors. */
const typeOf = (status: number): string => {
  if (status === 429) return 'rate_limit_exceeded';
  return status < 500 ? 'invalid_request_error' : 'server_error';
};

/** Any error as the API says it. A request that does not fit its model names the field; the rest is the server's. */
export const asRequestError = (error: unknown): RequestError => {
  if (error instanceof RequestError) return error;
  const { message, field, code } = error as Error & { field?: string; code?: string };
  if (field === undefined) return new RequestError(500, message);
  return new RequestError(400, message, { param: field, code: code ?? null });
};
