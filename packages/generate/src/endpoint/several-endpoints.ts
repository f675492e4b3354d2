import { setTimeout as sleep } from 'node:timers/promises';
import { GenerateError } from '../generate-error.js';
import { type EndpointModel, endpointModel } from './endpoint-model.js';
import type { EndpointModelOptions } from './endpoint-options.js';

export interface SeveralEndpointsOptions extends Omit<EndpointModelOptions, 'url'> {
  /** Where each server's API begins; all of them have the model under the same name. */
  readonly urls: readonly string[];
  /** Called when a server is left out for a while. */
  onLeftOut?: ((url: string, seconds: number, reason: string) => void) | undefined;
  /** Seconds that a server is left out for the first time, doubled each time up to a minute; default 1. */
  readonly rest?: number | undefined;
}

interface Server {
  readonly url: string;
  readonly model: EndpointModel;
  busy: number;
  /** Failures since its last answer. */
  failures: number;
  /** When it is tried again, in milliseconds since 1970. */
  awakeAt: number;
}

const LONGEST_REST = 60;

/**
 * A model behind several servers: each request goes to the one that has least to do. A server that fails is left out for
 * a while, and its requests go to the others; it is tried again later.
 *
 * `concurrency` and `max_retries` are those of each server; where several fail at a request, one after the other, the
 * last one's error is thrown.
 *
 * @throws {GenerateError} when an option is wrong
 */
export const severalEndpoints = (options: SeveralEndpointsOptions): EndpointModel => {
  const { urls, onLeftOut, rest = 1, ...shared } = options;
  if (urls.length === 0)
    throw new GenerateError('severalEndpoints: urls: give one at least.', { field: 'urls' });
  if (new Set(urls).size < urls.length) {
    throw new GenerateError('severalEndpoints: urls: one of them is given twice.', { field: 'urls' });
  }
  // Another server is nearer than the fifth try of the same one.
  const max_retries = shared.max_retries ?? (urls.length > 1 ? 1 : undefined);
  const servers = urls.map(
    (url): Server => ({
      url,
      model: endpointModel({ ...shared, url, max_retries }),
      busy: 0,
      failures: 0,
      awakeAt: 0,
    }),
  );
  if (servers.length === 1) return servers[0]!.model;

  const ask = async <T>(
    work: (model: EndpointModel) => Promise<T>,
    final: () => boolean = () => false,
    signal?: AbortSignal,
  ): Promise<T> => {
    for (let failures = 1; ; failures++) {
      const server = next(servers, Date.now());
      server.busy++;
      try {
        const wait = server.awakeAt - Date.now();
        if (wait > 0) await sleep(wait, undefined, signal && { signal });
        const answer = await work(server.model);
        server.failures = 0;
        return answer;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (!isServerFailure(error) || final()) throw error;
        // Requests that were in flight together fail together, and count once.
        if (server.awakeAt <= Date.now()) {
          const seconds = Math.min(rest * 2 ** server.failures, LONGEST_REST);
          server.failures++;
          server.awakeAt = Date.now() + seconds * 1000;
          onLeftOut?.(server.url, seconds, error.message);
        }
        if (failures >= servers.length + LAST_TRIES) throw error;
      } finally {
        server.busy--;
      }
    }
  };
  const [{ model: first }] = servers as [Server];
  return {
    name: first.name,
    concurrency: servers.reduce((sum, { model }) => sum + model.concurrency, 0),
    generate(asked) {
      let told = false;
      const { onToken } = asked;
      const passed = onToken && {
        ...asked,
        onToken: (...piece: Parameters<typeof onToken>) => {
          told = true;
          onToken(...piece);
        },
      };
      return ask(
        model => model.generate(passed ?? asked),
        () => told,
        asked.signal,
      );
    },
    score: asked => ask(model => model.score(asked)),
  };
};

/** Tries of a request beyond one for each server. */
const LAST_TRIES = 4;

/** The server that is awake and has least to do; where none is awake, the one that wakes first. */
const next = (servers: readonly Server[], now: number): Server => {
  const rested = (server: Server) => Math.max(0, server.awakeAt - now);
  return [...servers].sort((a, b) => rested(a) - rested(b) || a.busy - b.busy)[0]!;
};

/** True when the server failed, and not the request. */
const isServerFailure = (error: unknown): error is GenerateError => {
  if (!(error instanceof GenerateError) || error.field !== undefined || error.code !== undefined)
    return false;
  const { status } = error;
  return status === undefined || status === 429 || status >= 500;
};
