import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ReportData, renderReport } from '@charter/report';
import type { ProgressState } from './watched-terminal.js';

export interface LiveReportOptions {
  /** Wanted; another free one is taken where it is in use. 0 is any. */
  readonly port: number;
  /** The report as far as the run is. */
  data(): Promise<ReportData>;
  /** Interval of updates while nothing else calls for one, in milliseconds; default 5000. */
  readonly every?: number | undefined;
}

export interface LiveReport {
  readonly url: string;
  progress(state: ProgressState): void;
  /** Something happened that the page should show at once. */
  changed(): void;
  /** Sends the last page and a last word to those who watch, and ends. */
  close(lastWord: string): Promise<void>;
}

/** Progress lines are sent at most so often, in milliseconds. */
const PROGRESS_EVERY = 500;
/** Rendering takes time from training on the same machine: this part of it at most. */
const RENDER_SHARE = 0.05;

/** Serves a report on this machine alone, and sends what changes to every page that is open. */
export const serveLiveReport = async (options: LiveReportOptions): Promise<LiveReport> => {
  const { data, every = 5000 } = options;
  const watchers = new Set<ServerResponse>();
  let latest: { page: string; json: string } | undefined;
  let renderMilliseconds = 0;
  let stale = true;
  let progress: ProgressState | undefined;

  const render = async () => {
    const begin = performance.now();
    const now = await data();
    latest = { page: renderReport(now, { live: true }), json: JSON.stringify(now) };
    renderMilliseconds = performance.now() - begin;
    stale = false;
    return latest;
  };
  const send = (type: string, value: unknown, to: Iterable<ServerResponse> = watchers) => {
    const event = `event: ${type}\ndata: ${JSON.stringify(value)}\n\n`;
    for (const watcher of to) watcher.write(event);
  };

  // One rendering at a time: a second call waits for the same one.
  let rendering: ReturnType<typeof render> | undefined;
  const rendered = () => {
    rendering ??= render().finally(() => {
      rendering = undefined;
    });
    return rendering;
  };
  const refresh = async () => {
    const before = latest?.page;
    const { page } = await rendered();
    if (page !== before) send('report', page);
  };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const schedule = (milliseconds: number) => {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(
      () => {
        // A metrics file that is being written over is read again next time.
        const done = watchers.size > 0 ? refresh().catch(() => undefined) : Promise.resolve();
        void done.finally(() => schedule(every));
      },
      Math.max(milliseconds, renderMilliseconds / RENDER_SHARE),
    );
    timer.unref();
  };

  const server = createServer(async (request, response) => {
    const { port } = server.address() as AddressInfo;
    // A page of another site whose name was made to point here would send its own name.
    if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(request.headers.host ?? '')) {
      return reply(response, 403, 'text/plain', 'This report is served to this machine only.\n');
    }
    if (request.method !== 'GET') return reply(response, 405, 'text/plain', 'Only GET.\n');
    const path = request.url?.split('?')[0];
    if (path === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.flushHeaders();
      // A watcher that comes back after it lost us may have missed pages.
      if (latest) send('report', latest.page, [response]);
      if (progress) send('progress', progress, [response]);
      watchers.add(response);
      response.on('close', () => watchers.delete(response));
      return;
    }
    if (path !== '/' && path !== '/report.json') return reply(response, 404, 'text/plain', 'Not here.\n');
    try {
      const { page, json } = latest && !stale ? latest : await rendered();
      if (path === '/') reply(response, 200, 'text/html; charset=utf-8', page);
      else reply(response, 200, 'application/json', json);
    } catch (error) {
      reply(response, 500, 'text/plain', `The report cannot be made: ${(error as Error).message}\n`);
    }
  });
  await listen(server, options.port);
  schedule(every);

  let told = 0;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    progress: state => {
      stale = true;
      const isNew = state.label !== progress?.label || state.done === state.total;
      progress = state;
      if (!isNew && performance.now() - told < PROGRESS_EVERY) return;
      told = performance.now();
      send('progress', state);
    },
    changed: () => {
      stale = true;
      schedule(0);
    },
    close: async lastWord => {
      closed = true;
      clearTimeout(timer);
      if (watchers.size) await refresh().catch(() => undefined);
      send('end', lastWord);
      await Promise.all([...watchers].map(watcher => new Promise<void>(resolve => watcher.end(resolve))));
      await new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
};

const reply = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
};

/** Listens at the port, or at a free one where another program has it. */
const listen = async (server: Server, port: number): Promise<void> => {
  const at = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await at(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    return at(0);
  });
};
