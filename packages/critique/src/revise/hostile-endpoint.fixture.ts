import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { sensibleReply } from '../scripted-model.fixture.js';

/** Faults of an endpoint in place of an answer. */
const misdeeds: ((response: ServerResponse, body: string) => void)[] = [
  response => {
    response.writeHead(429, { 'retry-after-ms': '30', 'content-type': 'application/json' });
    response.end('{"error":{"message":"slow down"}}');
  },
  response => {
    response.writeHead(429, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '40ms' });
    response.end();
  },
  response => {
    response.writeHead(500, { 'retry-after-ms': '5' });
    response.end('<html>oops</html>');
  },
  (response, body) => {
    response.writeHead(200, { 'content-type': 'application/json', 'retry-after-ms': '5' });
    response.end(body.slice(0, body.length / 2));
  },
  (response, body) => {
    // Promises all of it, and cuts the line.
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.write(body.slice(0, body.length / 2), () => response.destroy());
  },
  response => response.destroy(),
];

/**
 * A chat endpoint that is slow, refuses, fails, breaks off and counts wrongly: one request in four gets a misdeed, each
 * kind in turn. What it answers depends on the request alone.
 */
export const hostileEndpoint = async ({ hostile = true } = {}) => {
  let requests = 0;
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // The asker was killed.
    }
    const n = requests++;
    for (const resolve of waiting.splice(0)) resolve();
    const { messages, seed } = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify({
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: sensibleReply({ prompt: messages, seed }) },
          finish_reason: 'stop',
        },
      ],
      usage:
        n % 3 && hostile
          ? { prompt_tokens: -1, completion_tokens: 'many' }
          : { prompt_tokens: 9, completion_tokens: 9 },
    });
    await setTimeout(hostile ? (n * 7) % 40 : 0);
    if (hostile && n % 4 === 3) return misdeeds[Math.floor(n / 4) % misdeeds.length]!(response, body);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    /** Resolves at the next request. */
    nextRequest: () => new Promise<void>(resolve => waiting.push(resolve)),
    close: () => {
      server.closeAllConnections();
      return new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
};
