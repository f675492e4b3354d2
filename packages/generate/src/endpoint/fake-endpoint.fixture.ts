import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a server sees it. */
export interface SeenRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

/** Reply of a fake server: a status with JSON, events of a stream, or a function of the response. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; json: unknown }
  | { events: unknown[]; open?: boolean }
  | ((response: ServerResponse) => void);

export interface FakeEndpoint {
  url: string;
  seen: SeenRequest[];
  /** Most requests in flight at once. */
  most: number;
  close(): Promise<void>;
}

/** A server on this machine that answers every request by a function. */
export const fakeEndpoint = async (reply: (request: SeenRequest) => Reply | Promise<Reply>) => {
  let inFlight = 0;
  const server = createServer(async (request, response) => {
    inFlight += 1;
    endpoint.most = Math.max(endpoint.most, inFlight);
    response.on('close', () => {
      inFlight -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const seen = {
      path: request.url!,
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
    };
    endpoint.seen.push(seen);
    // What a test has no answer to, such as which models there are, is a server's own fault.
    const answer = await Promise.resolve(seen)
      .then(reply)
      .catch((error: Error): Reply => ({ status: 500, json: { error: { message: error.message } } }));
    if (typeof answer === 'function') return answer(response);
    if ('json' in answer) {
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      return response.end(JSON.stringify(answer.json));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of answer.events) response.write(`data: ${JSON.stringify(event)}\n\n`);
    if (!answer.open) response.end('data: [DONE]\n\n');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const endpoint: FakeEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen: [],
    most: 0,
    close: () => {
      server.closeAllConnections();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
  return endpoint;
};

/** A chat's answer as the API writes it. */
export const chatAnswer = (content: string | null, finish_reason: string | null = 'stop') => ({
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason }],
  usage: { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 },
});
