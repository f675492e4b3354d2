import OpenAI from 'openai';
import { GenerateError } from '../generate-error.js';
import type { EndpointSettings } from './endpoint-options.js';

/** Servers may answer with whole web pages. */
const LONGEST_QUOTE = 300;

/** Advice for the status of an answer. */
const advice = (status: number, { model }: EndpointSettings): string => {
  if (status === 401 || status === 403) return 'Check api_key, or OPENAI_API_KEY in the environment.';
  if (status === 404)
    return `Check that the URL ends where the API begins, often in /v1, and that the server has ${model}.`;
  if (status === 429) return 'Lower concurrency, or wait.';
  if (status >= 500) return 'Look into the server’s log.';
  return 'The server may not know a field of the request: use fewer options.';
};

/** OpenAI's code, llama.cpp's type; others say it in words. */
const isTooLong = ({ code, type, message }: InstanceType<typeof OpenAI.APIError>): boolean =>
  code === 'context_length_exceeded' ||
  type === 'exceed_context_size_error' ||
  /context (size|length|window)|prompt is too long|maximum (input|sequence|model) length|too many tokens/i.test(
    message,
  );

const TOO_LONG =
  'The text and what is to follow are longer than the server takes: give the server a larger context, or send less, ' +
  'such as fewer examples before a critique, and ask for fewer tokens.';

/**
 * Error of a request that failed at the server, on the way, or in its answer. The key is struck out of
 * whatever the server says, and the client's error, which may hold more of it, is not passed on.
 *
 * @param what the method, such as `generate`
 * @param hint another likely reason for a server that refuses the request
 */
export const endpointError = (
  error: unknown,
  settings: EndpointSettings,
  { what, hint }: { what: string; hint?: string | undefined },
): GenerateError => {
  const { url, timeout, api_key, model } = settings;
  const clean = (text: string) => {
    const told = api_key ? text.replaceAll(api_key, '[key]') : text;
    return told.length > LONGEST_QUOTE ? `${told.slice(0, LONGEST_QUOTE)}…` : told;
  };
  const facts = error instanceof GenerateError ? { field: error.field, code: error.code } : {};
  const fail = (problem: string, more: ConstructorParameters<typeof GenerateError>[1] = facts) =>
    new GenerateError(`${what} at ${url}: ${problem}`, { model, ...more });

  if (error instanceof OpenAI.APIConnectionTimeoutError) {
    return fail(`no answer within ${timeout} s. Raise timeout, or ask for fewer tokens.`);
  }
  if (error instanceof OpenAI.APIConnectionError) {
    return fail(`the server cannot be reached (${clean(rootCause(error))}). Check the URL and that it runs.`);
  }
  if (error instanceof OpenAI.APIError && error.status !== undefined) {
    const { status } = error;
    const said = clean(error.message).replace(/\.$/, '');
    if ([400, 413, 422].includes(status) && isTooLong(error)) {
      return fail(`${said}. ${TOO_LONG}`, { status, field: 'prompt', code: 'context_length_exceeded' });
    }
    const reason = status === 400 || status === 422 ? hint : undefined;
    return fail(`${said}. ${reason ?? advice(status, settings)}`, { status });
  }
  const cause = error instanceof Error && error.cause ? ` (${rootCause(error)})` : '';
  return fail(`${clean(`${error instanceof Error ? error.message : String(error)}${cause}`)}.`);
};

/** `fetch failed` says little; what it comes from says more. */
const rootCause = (error: Error): string =>
  error.cause instanceof Error
    ? rootCause(error.cause)
    : ((error as NodeJS.ErrnoException).code ?? error.message);
