import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { LanguageModel } from '@charter/core';
import { answerCompletion } from './completions/answer-completion.js';
import { chatForm, textForm } from './completions/answer-forms.js';
import { chatRequest, textRequest } from './completions/completion-requests.js';
import { createFairQueue, type FairQueue } from './completions/fair-queue.js';
import { isAllowedHost } from './http/allowed-host.js';
import { createMemoryBudget } from './http/memory-budget.js';
import { printable } from './http/printable.js';
import { readJson } from './http/read-json.js';
import { asRequestError, RequestError } from './http/request-error.js';
import { sendJson } from './http/send.js';

export interface ServeOptions {
  /** Requests choose one by its `name`. They stay the caller's. */
  models: readonly LanguageModel[];
  /** Address to listen at; default 127.0.0.1, which only this machine can reach. */
  host?: string | undefined;
  /** Default 0: a free one. */
  port?: number | undefined;
  /** Asked of every request as `Authorization: Bearer …`; default: none is asked for. */
  api_key?: string | undefined;
  /**
   * Names that the server is reached by, besides addresses, localhost and the machine's own name. Without a key,
   * requests under another name are refused: they may come from a web page whose domain points here.
   */
  allowed_hosts?: readonly string[] | undefined;
  /** Most seconds for the body of a request to come; default 30. */
  body_timeout?: number | undefined;
  /** Most completions in flight or waiting, over all clients; further ones get status 429. Default 256. */
  max_requests?: number | undefined;
  /** Called when a request has been answered, or has failed. */
  onRequest?: ((request: ServedRequest) => void) | undefined;
}

/** A request for a log: control characters of the client are escaped. */
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

/** Memory for bodies that come in and answers that go out, of all requests; 1 MB of each request is free. */
const MEMORY = { total: 512 << 20, free: 1 << 20 };
/** Most seconds for the head of a request, and between two looks for connections that are too slow. */
const HEAD_SECONDS = 10;
const CHECK_MILLISECONDS = 1000;
/** A client that still sends its body when it is refused hears of it within this time. */
const LINGER_MILLISECONDS = 5000;
/** Time for aborted requests to be answered when the server closes. */
const ABORT_MILLISECONDS = 500;
const MAX_CONNECTIONS = 1024;

/**
 * Serves models with OpenAI's API: `GET /v1/models`, `POST /v1/chat/completions`, `POST /v1/completions`. Requests that
 * come at the same time are passed on at the same time, and a local model decodes them in one batch; where there are
 * more, they take turns.
 *
 * @throws what the operating system says when the address cannot be had
 */
export const serve = async (options: ServeOptions): Promise<RunningServer> => {
  const { models, host = '127.0.0.1', port = 0, api_key, onRequest } = options;
  const { allowed_hosts = [], body_timeout = 30, max_requests = 256 } = options;
  const byName = new Map(models.map(model => [model.name, model]));
  const queues = new Map<LanguageModel, { writing: FairQueue; scoring: FairQueue }>(
    models.map(model => [
      model,
      // A few more, so that a row of a batch that ends finds the next text waiting. A local model scores one prompt at
      // a time: those that wait must not hold the rows of others.
      { writing: createFairQueue(Math.ceil(1.25 * model.concurrency)), scoring: createFairQueue(2) },
    ]),
  );
  const memory = createMemoryBudget(MEMORY);
  const created = Math.floor(Date.now() / 1000);
  const stopping = new AbortController();
  let completionsInFlight = 0;

  const modelOf = (name: string): LanguageModel => {
    const model = byName.get(name);
    if (model) return model;
    const known = [...byName.keys()].join(', ');
    throw new RequestError(404, `The model ${quoted(name)} does not exist; there are: ${known}`, {
      param: 'model',
      code: 'model_not_found',
    });
  };
  const describe = ({ name }: LanguageModel) => ({ id: name, object: 'model', created, owned_by: 'charter' });

  const complete = async (
    { read, form }: Completions,
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> => {
    if (completionsInFlight >= max_requests) {
      throw new RequestError(429, `${max_requests} requests are in flight or waiting; try again later`, {
        code: 'server_busy',
      });
    }
    const allotment = memory.open();
    completionsInFlight += 1;
    try {
      const asked = read(await readJson(request, { seconds: body_timeout, allotment }));
      const model = modelOf(asked.model);
      await answerCompletion(asked, form, {
        model,
        queue: queues.get(model)![asked.promptLogprobs ? 'scoring' : 'writing'],
        response,
        allotment,
        signal: AbortSignal.any([gone, stopping.signal]),
      });
    } finally {
      completionsInFlight -= 1;
      allotment.release();
    }
  };

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> => {
    const path = pathOf(request);
    if (api_key === undefined && !isAllowedHost(request.headers.host, allowed_hosts)) {
      throw new RequestError(
        403,
        `The host ${quoted(request.headers.host ?? '')} is not this server's. Start the server with allowed_hosts (--allowed-host), or with a key`,
        { code: 'host_not_allowed' },
      );
    }
    if (api_key !== undefined && !hasKey(request, api_key)) {
      throw new RequestError(401, 'Incorrect API key provided', { code: 'invalid_api_key' });
    }
    if (request.method === 'GET' && path === '/v1/models') {
      return sendJson(response, 200, { object: 'list', data: models.map(describe) });
    }
    if (request.method === 'GET' && path.startsWith('/v1/models/')) {
      return sendJson(response, 200, describe(modelOf(decoded(path.slice('/v1/models/'.length)))));
    }
    const kind = completions.get(path);
    if (request.method !== 'POST' || !kind) {
      throw new RequestError(404, `Unknown request URL: ${request.method} ${path}`, { code: 'unknown_url' });
    }
    await complete(kind, request, response, gone);
  };

  const server = createServer(
    {
      headersTimeout: HEAD_SECONDS * 1000,
      requestTimeout: (HEAD_SECONDS + body_timeout) * 1000 + LINGER_MILLISECONDS,
      connectionsCheckingInterval: CHECK_MILLISECONDS,
    },
    async (request, response) => {
      const begin = performance.now();
      const gone = new AbortController();
      response.on('close', () => gone.abort(new RequestError(499, 'the client has gone')));
      let failure: RequestError | undefined;
      try {
        await answer(request, response, gone.signal);
      } catch (error) {
        failure = gone.signal.aborted ? (gone.signal.reason as RequestError) : asRequestError(error);
        // A client that has gone hears nothing more; a stream has said why it ended.
        if (response.headersSent || response.destroyed) {
          if (!response.writableEnded) response.destroy();
        } else sendJson(response, failure.status, failure);
        if (!request.complete) linger(request);
      }
      onRequest?.({
        method: printable(request.method ?? ''),
        path: printable(pathOf(request)),
        status: failure?.status ?? response.statusCode,
        seconds: (performance.now() - begin) / 1000,
        error: failure?.message,
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', refuseConnection);
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
    const abort = setTimeout(
      () => stopping.abort(new RequestError(503, 'The server is stopping', { code: 'server_stopping' })),
      seconds * 1000,
    );
    const cut = setTimeout(() => server.closeAllConnections(), seconds * 1000 + ABORT_MILLISECONDS);
    await ended;
    clearInterval(idle);
    clearTimeout(abort);
    clearTimeout(cut);
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

type Completions = Readonly<{ read: typeof chatRequest; form: typeof chatForm }>;

const completions = new Map<string, Completions>([
  ['/v1/chat/completions', { read: chatRequest, form: chatForm }],
  ['/v1/completions', { read: textRequest, form: textForm }],
]);

const pathOf = ({ url }: IncomingMessage): string =>
  (url ?? '/').replace(/[?#].*$/, '').replace(/(?<=.)\/+$/, '');

const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RequestError(400, `${quoted(part)} in the URL has a broken percent sign`);
  }
};

const digest = (text: string) => createHash('sha256').update(text).digest();

/** In a time that tells nothing about the key. */
const hasKey = ({ headers }: IncomingMessage, key: string): boolean =>
  timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${key}`));

/** Lets a client that still sends read the answer; then its connection is closed. */
const linger = (request: IncomingMessage): void => {
  request.resume();
  const timer = setTimeout(() => request.destroy(), LINGER_MILLISECONDS).unref();
  const stop = () => clearTimeout(timer);
  request.once('end', stop);
  request.once('close', stop);
};

/** Answers what is no HTTP, or comes too slowly. */
const refuseConnection = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = CONNECTION_ERRORS.get(error.code ?? '') ?? [
    '400 Bad Request',
    'The request is no HTTP',
  ];
  const body = JSON.stringify(new RequestError(Number.parseInt(status, 10), message));
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
};

const CONNECTION_ERRORS = new Map<string, [status: string, message: string]>([
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'The request did not come in time']],
  ['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'The head of the request is too large']],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    ['413 Payload Too Large', 'The chunks of the body have too large extensions'],
  ],
]);
