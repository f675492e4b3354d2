import type { Completion, LanguageModel, TokenLogprob } from '@charter/generate';
import { Queue, QueueEvents } from 'bullmq';
import { type PoolAnswer, type PoolRequest, requestKey, resultOf } from './pool-request.js';
import { QueueError } from './queue-error.js';
import { connect, queueName, readPoolModel } from './redis.js';

export interface QueueModelOptions {
  /** URL of Redis, such as `redis://127.0.0.1:6379`. */
  readonly redis: string;
  /** Name of the pool, as its workers have it. */
  readonly pool: string;
  /** Requests in flight; default 256. More workers need more of them. */
  readonly concurrency?: number | undefined;
  /** Called while no worker has told yet what model the pool has, and when their number changes. */
  onWorkers?: ((workers: number) => void) | undefined;
  /** Ends the wait for the first worker. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks at requests whose answer may have been lost; default 5000. */
  readonly sweepInterval?: number | undefined;
}

export interface QueueModel extends LanguageModel {
  dispose(): Promise<void>;
  /** Number of answers by worker. */
  answersByWorker(): ReadonlyMap<string, number>;
}

interface Pending {
  readonly request: PoolRequest;
  readonly since: number;
  failures: number;
  resolve(answer: PoolAnswer): void;
  reject(error: Error): void;
}

/** Failures of a request, each after three tries, that end the wait for an answer. */
const MOST_FAILURES = 3;

/** Answers that Redis keeps: who is started again after a kill finds those that it had asked for. */
const KEPT = { count: 10_000, age: 24 * 3600 };

/**
 * The model of a pool: requests wait in Redis until a worker answers them. A request is known by its content, so one that
 * is asked twice, as after a kill, is answered once, and one that Redis lost is asked again.
 *
 * @throws {QueueError} when Redis cannot be reached
 */
export const queueModel = async (options: QueueModelOptions): Promise<QueueModel> => {
  const { pool, onWorkers, signal, concurrency = 256, sweepInterval = 5000 } = options;
  const redis = await connect(options.redis, { pipelining: true });
  const name = queueName(pool);
  const queue = new Queue<PoolRequest, PoolAnswer>(name, { connection: redis });
  // A stream of events blocks its connection.
  const events = new QueueEvents(name, { connection: redis.duplicate({ enableAutoPipelining: false }) });
  // Both go on by themselves when Redis is back.
  queue.on('error', () => {});
  events.on('error', () => {});

  const pending = new Map<string, Pending>();
  const answersByWorker = new Map<string, number>();
  const occurrences = new Map<string, number>();

  const answered = (key: string, answer: PoolAnswer): void => {
    const asked = pending.get(key);
    if (!asked) return;
    pending.delete(key);
    answersByWorker.set(answer.worker, (answersByWorker.get(answer.worker) ?? 0) + 1);
    // What a model refused may be asked again later, of a model with other settings.
    if (answer.error) queue.remove(key).catch(() => {});
    asked.resolve(answer);
  };
  events.on('duplicated', ({ jobId }) => void look([jobId]).catch(() => {}));
  events.on('failed', ({ jobId, failedReason }) => {
    const asked = pending.get(jobId);
    // Without an answer from several workers, the fault is none of theirs.
    if (!asked || ++asked.failures < MOST_FAILURES) return;
    pending.delete(jobId);
    asked.reject(new QueueError(`The workers of ${pool} failed at a request: ${failedReason}`));
  });
  events.on('completed', ({ jobId, returnvalue }) => answered(jobId, returnvalue as unknown as PoolAnswer));

  /** Puts requests into Redis; those that are there already stay as they are. */
  const add = async (keys: readonly string[]): Promise<void> => {
    const asked = keys.filter(key => pending.has(key));
    await queue.addBulk(
      asked.map(key => ({
        name: pending.get(key)!.request.method,
        data: pending.get(key)!.request,
        opts: { jobId: key, removeOnComplete: KEPT, removeOnFail: true, attempts: 3, backoff: 1000 },
      })),
    );
  };
  /** Finds answers whose event is past: those from before a kill, or from while Redis was away. */
  const look = (keys: readonly string[]): Promise<unknown> =>
    Promise.all(
      keys.map(async key => {
        const job = pending.has(key) ? await queue.getJob(key) : undefined;
        if (job?.returnvalue) answered(key, job.returnvalue);
      }),
    );

  let due: string[] = [];
  const ask = (request: PoolRequest, aborted?: AbortSignal): Promise<unknown> => {
    aborted?.throwIfAborted();
    const key = requestKey(pool, request, occurrenceOf(request, occurrences));
    let stop: (() => void) | undefined;
    const answer = new Promise<PoolAnswer>((resolve, reject) => {
      pending.set(key, { request, since: performance.now(), failures: 0, resolve, reject });
      stop = () => {
        pending.delete(key);
        reject(aborted?.reason);
      };
      aborted?.addEventListener('abort', stop, { once: true });
    });
    if (due.push(key) === 1) {
      setImmediate(() => {
        const keys = due;
        due = [];
        // What does not arrive now, the next look brings.
        add(keys).catch(() => {});
      });
    }
    return answer.finally(() => stop && aborted?.removeEventListener('abort', stop)).then(resultOf);
  };

  let workers = -1;
  let sweeping = false;
  const sweep = async (): Promise<void> => {
    if (sweeping) return;
    sweeping = true;
    try {
      const old = performance.now() - sweepInterval;
      const waiting = [...pending].filter(([, { since }]) => since < old).map(([key]) => key);
      await add(waiting);
      await look(waiting);
      const now = await queue.getWorkersCount();
      if (now !== workers) onWorkers?.(now);
      workers = now;
    } catch {
      // Redis is away; the next look may find it.
    } finally {
      sweeping = false;
    }
  };
  const timer = setInterval(sweep, sweepInterval);
  const dispose = async (): Promise<void> => {
    clearInterval(timer);
    for (const { reject } of pending.values()) reject(new QueueError('The pool was closed.'));
    pending.clear();
    await Promise.all([queue.close(), events.close()]).catch(() => {});
    redis.disconnect();
  };

  let model = await readPoolModel(redis, pool);
  while (!model) {
    if (workers === -1) onWorkers?.(0);
    workers = 0;
    if (signal?.aborted) {
      await dispose();
      throw signal.reason;
    }
    await new Promise(resolve => setTimeout(resolve, 500));
    model = await readPoolModel(redis, pool);
  }
  const { can } = model;
  return {
    name: model.name,
    concurrency,
    async generate({ onToken, signal: aborted, ...request }) {
      const completion = (await ask({ method: 'generate', request }, aborted)) as Completion;
      if (completion.text) onToken?.(completion.text, completion.logprobs);
      return completion;
    },
    ...(can.includes('score') && {
      score: async request => (await ask({ method: 'score', request })) as number[],
    }),
    ...(can.includes('embed') && {
      embed: async request => Float32Array.from((await ask({ method: 'embed', request })) as number[]),
    }),
    ...(can.includes('promptLogprobs') && {
      promptLogprobs: async (prompt, { signal: aborted, ...more } = {}) =>
        (await ask({ method: 'promptLogprobs', request: { prompt, ...more } }, aborted)) as TokenLogprob[],
    }),
    answersByWorker: () => answersByWorker,
    dispose,
  };
};

/**
 * Number of the same request before this one, where its answer is a draw: two that are equal and have no seed get two
 * samples.
 */
const occurrenceOf = (asked: PoolRequest, occurrences: Map<string, number>): number => {
  if (asked.method !== 'generate') return 0;
  const { seed, temperature } = asked.request;
  if (seed !== undefined || temperature === 0) return 0;
  const key = requestKey('', asked, 0);
  const before = occurrences.get(key) ?? 0;
  occurrences.set(key, before + 1);
  return before;
};
