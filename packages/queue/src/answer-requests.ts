import { hostname } from 'node:os';
import type { LanguageModel } from '@charter/generate';
import { Worker } from 'bullmq';
import { answerRequest, type PoolAnswer, type PoolRequest } from './pool-request.js';
import { connect, type PoolModel, queueName, writePoolModel } from './redis.js';

export interface AnswerRequestsOptions {
  /** URL of Redis, such as `redis://127.0.0.1:6379`. */
  readonly redis: string;
  /** Name of the pool: those that ask use the same one. */
  readonly pool: string;
  readonly model: LanguageModel;
  /** Ends the work: requests in hand are finished. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each answer, with the number of answers so far. */
  onAnswer?: ((answers: number) => void) | undefined;
  /** Called when Redis cannot be reached for a while, or a request failed and waits for another try. */
  onProblem?: ((message: string) => void) | undefined;
  /** Milliseconds after which requests of a worker that died are given to another one; default 30 000. */
  readonly lockDuration?: number | undefined;
}

/**
 * Answers the requests of a pool with a model, until `signal` fires. A request whose worker dies is answered by
 * another one.
 *
 * @throws {QueueError} when Redis cannot be reached, or the pool's workers have another model
 */
export const answerRequests = async (options: AnswerRequestsOptions): Promise<void> => {
  const { pool, model, signal, onAnswer, onProblem, lockDuration = 30_000 } = options;
  const redis = await connect(options.redis);
  const name = `${hostname()}-${process.pid}`;
  const own: PoolModel = {
    name: model.name,
    can: (['score', 'embed', 'promptLogprobs'] as const).filter(method => model[method]),
  };
  try {
    await writePoolModel(redis, pool, own);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  let answers = 0;
  const worker = new Worker<PoolRequest, PoolAnswer>(
    queueName(pool),
    async ({ data }) => ({ ...(await answerRequest(model, data)), worker: name }),
    {
      connection: redis,
      name,
      concurrency: model.concurrency,
      lockDuration,
      stalledInterval: lockDuration,
      // Workers may die as often as they like: it is not the request's fault.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    },
  );
  worker.on('completed', () => onAnswer?.(++answers));
  worker.on('failed', (_, error) => onProblem?.(error.message));
  worker.on('error', error => onProblem?.(error.message));
  await new Promise<void>(resolve => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  await worker.close();
  redis.disconnect();
};
