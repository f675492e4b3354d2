import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Misbehaviour of one file; each number counts down as it happens. */
export interface Fault {
  /** Breaks the connection off after this many bytes of the answer, this many times. */
  cutAfter?: number;
  cuts?: number;
  /** Sends other bytes than announced, this many times. */
  wrong?: number;
  /** Answers with this status, this many times. */
  status?: number;
  statuses?: number;
  /** Sends the headers and then nothing. */
  hangs?: boolean;
  ignoresRange?: boolean;
}

/** A hub on the loopback interface, with large files on a second server as the real one has them. */
export interface FakeHub {
  readonly endpoint: string;
  readonly files: Map<string, Buffer>;
  readonly faults: Map<string, Fault>;
  /** Replaces entries of the file list, as a malicious hub might. */
  extraEntries: object[];
  commit: string;
  /** When set, asked of every request to the hub, but not to the second server. */
  token: string | undefined;
  /** Never answers. */
  silent: boolean;
  readonly requests: {
    host: 'hub' | 'cdn';
    path: string;
    range?: string | undefined;
    authorization?: string | undefined;
  }[];
  close(): Promise<void>;
}

export const repo = 'org/tiny';

const hashOf = (algorithm: string, ...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest('hex');

/** @param kind of the one repository that it has */
export const startFakeHub = async (kind: 'model' | 'dataset' = 'model'): Promise<FakeHub> => {
  const api = `/api/${kind}s/${repo}`;
  const resolve = `${kind === 'dataset' ? '/datasets' : ''}/${repo}/resolve`;
  const log = (host: 'hub' | 'cdn', request: IncomingMessage) =>
    hub.requests.push({
      host,
      path: request.url!,
      range: request.headers.range,
      authorization: request.headers.authorization,
    });

  const send = (name: string, request: IncomingMessage, response: ServerResponse) => {
    const fault = hub.faults.get(name) ?? {};
    if (fault.statuses) {
      fault.statuses--;
      response.writeHead(fault.status ?? 500).end();
      return;
    }
    const whole = hub.files.get(name)!;
    const start = fault.ignoresRange ? 0 : Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    let body = whole.subarray(start);
    if (fault.wrong) {
      fault.wrong--;
      body = Buffer.alloc(body.length, 'x');
    }
    response.writeHead(start ? 206 : 200, {
      'content-length': body.length,
      ...(start && { 'content-range': `bytes ${start}-${whole.length - 1}/${whole.length}` }),
    });
    if (fault.hangs) response.flushHeaders();
    else if (fault.cuts) {
      fault.cuts--;
      response.write(body.subarray(0, fault.cutAfter), () => response.destroy());
    } else response.end(body);
  };

  const cdn = createServer((request, response) => {
    log('cdn', request);
    send(decodeURIComponent(request.url!.slice(1)), request, response);
  });
  const main = createServer((request, response) => {
    log('hub', request);
    if (hub.silent) return;
    const { pathname, searchParams } = new URL(request.url!, hub.endpoint);
    const json = (value: unknown, headers = {}) =>
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (hub.token && request.headers.authorization !== `Bearer ${hub.token}`) {
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"error":"Invalid username or password."}');
    } else if (['main', hub.commit].some(name => pathname === `${api}/revision/${name}`)) {
      json({
        _id: '1',
        id: repo,
        sha: hub.commit,
        private: false,
        gated: false,
        likes: 0,
        lastModified: '2026-01-01',
      });
    } else if (pathname === `${api}/tree/${hub.commit}`) {
      const entries = [...hub.files].map(([path, bytes]) => ({
        type: 'file',
        path,
        size: bytes.length,
        oid: hashOf('sha1', `blob ${bytes.length}\0`, bytes),
        ...(isLarge(path) && { lfs: { oid: hashOf('sha256', bytes), size: bytes.length, pointerSize: 130 } }),
      }));
      // Two pages, as long lists come.
      const second = searchParams.has('cursor');
      const next = `<${hub.endpoint}${pathname}?recursive=true&cursor=2>; rel="next"`;
      json(
        second ? [...entries.slice(1), ...hub.extraEntries] : entries.slice(0, 1),
        second ? {} : { Link: next },
      );
    } else if (pathname.startsWith(`${resolve}/${hub.commit}/`)) {
      const name = decodeURIComponent(pathname.slice(`${resolve}/${hub.commit}/`.length));
      if (!hub.files.has(name)) response.writeHead(404).end();
      else if (isLarge(name)) {
        const location = `http://127.0.0.1:${(cdn.address() as AddressInfo).port}/${encodeURIComponent(name)}`;
        response.writeHead(302, { location }).end();
      } else send(name, request, response);
    } else {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Repository not found"}');
    }
  });
  for (const server of [cdn, main]) await new Promise<void>(done => server.listen(0, '127.0.0.1', done));

  const hub: FakeHub = {
    endpoint: `http://127.0.0.1:${(main.address() as AddressInfo).port}`,
    files: new Map(),
    faults: new Map(),
    extraEntries: [],
    commit: 'a'.repeat(40),
    token: undefined,
    silent: false,
    requests: [],
    async close() {
      for (const server of [cdn, main]) {
        server.closeAllConnections();
        await new Promise(done => server.close(done));
      }
    },
  };
  return hub;
};

const isLarge = (path: string) => /\.(safetensors|gguf|parquet)$/.test(path);
