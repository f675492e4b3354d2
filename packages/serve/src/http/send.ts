import type { ServerResponse } from 'node:http';

/** Most seconds that a client may leave an answer unread before the connection is closed. */
const UNREAD_SECONDS = 30;

/** Closes the connection of a client that does not read its answer: unread text would fill the memory. */
const watchReader = (response: ServerResponse, until: 'drain' | 'finish'): void => {
  if (response.destroyed) return;
  const timer = setTimeout(() => response.destroy(), UNREAD_SECONDS * 1000).unref();
  const stop = () => clearTimeout(timer);
  response.once(until, stop);
  response.once('close', stop);
};

export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    ...(status === 429 && { 'retry-after': '1' }),
  });
  response.end(JSON.stringify(body));
  watchReader(response, 'finish');
};

export interface EventStream {
  send(choices: object[]): void;
  end(usage?: object): void;
  /** Ends the stream with an error in place of its end. */
  fail(error: object): void;
}

/**
 * Server-sent events.
 *
 * @param about fields of every event
 */
export const eventStream = (response: ServerResponse, about: object): EventStream => {
  let waiting = false;
  const write = (data: string) => {
    if (!response.headersSent) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      });
    }
    if (response.write(`data: ${data}\n\n`) || waiting) return;
    waiting = true;
    response.once('drain', () => {
      waiting = false;
    });
    watchReader(response, 'drain');
  };
  const end = () => {
    response.end();
    watchReader(response, 'finish');
  };
  return {
    send: choices => write(JSON.stringify({ ...about, choices })),
    end(usage) {
      if (usage) write(JSON.stringify({ ...about, choices: [], usage }));
      write('[DONE]');
      end();
    },
    fail(error) {
      write(JSON.stringify(error));
      end();
    },
  };
};
