import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LanguageModel } from '@charter/generate';
import { answerCompletion, sendJson } from './answer-completion.js';
import { chatForm, textForm } from './answer-forms.js';
import { chatRequest, textRequest } from './completion-requests.js';
import { asRequestError, RequestError } from './request-error.js';

export interface ServeOptions {
  /** Requests choose one by its `name`. They stay the caller's. */
  models: readonly LanguageModel[];
  /** Address to listen at; default 127.0.0.1, which only this machine can reach. */
  host?: string | undefined;
  /** Default 0: a free one. */
  port?: number | undefined;
  /** Asked of every request as `Authorization: Bearer …`; default: none is asked for. */
  api_key?: string | undefined;
  /** Called when a request has been answered, or has failed. */
  onRequest?: ((request: ServedRequest) => void) | undefined;
}

export interface ServedRequest {
  method: string;
  path: string;
  status: number;
  seconds: number;
  /** Why it failed. */
  error?: string | undefined;
}

export interface RunningServer {
  /** Where the API begins, such as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /**
   * Takes no further requests, lets those in flight finish, and aborts the rest after `seconds`.
   * @param options.seconds default 10
   */
  close(options?: { seconds?: number | undefined }): Promise<void>;
}

/** Larger than any model's context, small enough that nobody fills the memory. */
const LARGEST_BODY = 16 << 20;

/**
 * Serves models with OpenAI's API: `GET /v1/models`, `POST /v1/chat/completions`, `POST /v1/completions`. Requests that
 * come at the same time are passed on at the same time, and a local model decodes them in one batch.
 *
 * @throws what the operating system says when the address cannot be had
 */
export const serve = async (options: ServeOptions): Promise<RunningServer> => {
  const { models, host = '127.0.0.1', port = 0, api_key: apiKey, onRequest } = options;
  const byName = new Map(models.map(model => [model.name, model]));
  const created = Math.floor(Date.now() / 1000);
  const stopping = new AbortController();

  const modelOf = (name: string): LanguageModel => {
    const model = byName.get(name);
    if (model) return model;
    const known = [...byName.keys()].join(', ');
    throw new RequestError(404, `The model ${JSON.stringify(name)} does not exist; there are: ${known}`, {
      param: 'model',
      code: 'model_not_found',
    });
  };
  const describe = ({ name }: LanguageModel) => ({ id: name, object: 'model', created, owned_by: 'charter' });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    if (apiKey !== undefined && !hasKey(request, apiKey)) {
      throw new RequestError(401, 'Incorrect API key provided', { code: 'invalid_api_key' });
    }
    if (request.method === 'GET' && path === '/v1/models') {
      return sendJson(response, 200, { object: 'list', data: models.map(describe) });
    }
    if (request.method === 'GET' && path.startsWith('/v1/models/')) {
      const name = decodeURIComponent(path.slice('/v1/models/'.length));
      return sendJson(response, 200, describe(modelOf(name)));
    }
    const kind = completions.get(path);
    if (request.method !== 'POST' || !kind) {
      throw new RequestError(404, `Unknown request URL: ${request.method} ${path}`, { code: 'unknown_url' });
    }
    const asked = kind.read(await readJson(request));
    const gone = new AbortController();
    response.on('close', () => gone.abort(new Error('the client has gone')));
    const signal = AbortSignal.any([gone.signal, stopping.signal]);
    await answerCompletion(modelOf(asked.model), asked, kind.form, { response, signal });
  };

  const server = createServer(async (request, response) => {
    const begin = performance.now();
    let failure: string | undefined;
    try {
      await answer(request, response);
    } catch (error) {
      const said = asRequestError(error);
      failure = said.message;
      // A client that has gone, or a stream that broke off, hears nothing more.
      if (response.headersSent || response.destroyed) response.destroy();
      else sendJson(response, said.status, said);
    }
    onRequest?.({
      method: request.method ?? '',
      path: pathOf(request),
      status: response.statusCode,
      seconds: (performance.now() - begin) / 1000,
      error: failure,
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

  let closed: Promise<void> | undefined;
  const close = async (seconds: number): Promise<void> => {
    const ended = new Promise<void>(resolve => server.close(() => resolve()));
    server.closeIdleConnections();
    // A connection that is kept alive goes when its last answer is out.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const patience = setTimeout(
      () => stopping.abort(new RequestError(503, 'The server is stopping', { code: 'server_stopping' })),
      seconds * 1000,
    );
    await ended;
    clearInterval(idle);
    clearTimeout(patience);
  };
  const { port: given } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${given}/v1`,
    close({ seconds = 10 } = {}) {
      closed ??= close(seconds);
      return closed;
    },
  };
};

const completions = new Map([
  ['/v1/chat/completions', { read: chatRequest, form: chatForm }],
  ['/v1/completions', { read: textRequest, form: textForm }],
]);

const pathOf = ({ url }: IncomingMessage): string =>
  (url ?? '/').replace(/[?#].*$/, '').replace(/(?<=.)\/+$/, '');

const digest = (text: string) => createHash('sha256').update(text).digest();

/** In a time that tells nothing about the key. */
const hasKey = ({ headers }: IncomingMessage, key: string): boolean =>
  timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${key}`));

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  // A web page can send forms and plain text to this machine unasked, but not JSON.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new RequestError(415, 'Send the body as application/json');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new RequestError(413, `The body is larger than ${LARGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    throw new RequestError(400, `The body is not valid JSON: ${(error as Error).message}`);
  }
};
