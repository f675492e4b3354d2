import type { IncomingMessage } from 'node:http';
import type { Allotment } from './memory-budget.js';
import { RequestError } from './request-error.js';

/** Largest body in bytes: a chat of 131,072 tokens takes 0.6 MB, a batch of 1,000 long prompts 5 MB. */
const LARGEST_BODY = 8 << 20;
/** JSON takes up to this many times its size once parsed. */
const PARSED_SIZE = 16;
/** Deepest nesting: a tool call's arguments reach 10. A template engine would overflow its stack. */
const DEEPEST_JSON = 64;

export interface ReadOptions {
  /** Most seconds until the whole body is there. */
  seconds: number;
  allotment: Allotment;
}

/**
 * The body of a request, parsed.
 *
 * @throws {RequestError} 400 when it is no JSON, 408 when it comes too slowly, 413 when it is too large, 415 when it is
 *   not declared as JSON, 429 when other requests hold too much memory
 */
export const readJson = async (request: IncomingMessage, options: ReadOptions): Promise<unknown> => {
  // A web page can send forms and plain text to this machine unasked, but not JSON.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new RequestError(415, 'Send the body as application/json');
  }
  if (Number(request.headers['content-length']) > LARGEST_BODY) throw tooLarge();
  const text = await readText(request, options);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new RequestError(400, `The body is not valid JSON: ${(error as Error).message}`);
  }
  if (isDeeper(body, DEEPEST_JSON)) {
    throw new RequestError(400, `The body is nested deeper than ${DEEPEST_JSON} levels`);
  }
  return body;
};

const readText = (request: IncomingMessage, { seconds, allotment }: ReadOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (error?: Error) => {
      clearTimeout(timer);
      request.off('data', onData);
      if (error) reject(error);
      else resolve(Buffer.concat(chunks).toString());
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_BODY) return settle(tooLarge());
      if (!allotment.take(chunk.length * PARSED_SIZE)) return settle(busy());
      chunks.push(chunk);
    };
    const timer = setTimeout(
      () => settle(new RequestError(408, `The body did not come within ${seconds} s`)),
      seconds * 1000,
    );
    request.on('data', onData);
    request.once('end', () => settle());
    request.once('error', settle);
  });

const tooLarge = () => new RequestError(413, `The body is larger than ${LARGEST_BODY} bytes`);

const busy = () =>
  new RequestError(429, 'Other requests hold too much memory; try again later, or send a smaller one', {
    code: 'server_busy',
  });

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some(inner => isDeeper(inner, levels - 1)));
