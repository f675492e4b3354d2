import { sha256 } from '@charter/core/node';
import { Redis } from 'ioredis';
import { QueueError } from './queue-error.js';

/** Milliseconds in which a server has to answer at the start. */
const FIRST_ANSWER = 10_000;

/**
 * A connection that survives restarts of the server: what was asked before is asked again.
 *
 * @param options.pipelining sends what is asked at the same time together; not for calls that block
 * @throws {QueueError} when the URL is none, or nothing answers there
 */
export const connect = async (
  url: string,
  { pipelining = false }: { readonly pipelining?: boolean } = {},
): Promise<Redis> => {
  // A password in the URL is not for messages.
  const where = hostOf(url);
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    enableAutoPipelining: pipelining,
  });
  // Without a listener a lost connection would end the process; the client connects again by itself.
  let last: Error | undefined;
  redis.on('error', error => {
    last = error;
  });
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(last ?? new Error('no answer')), FIRST_ANSWER).unref();
  });
  try {
    await Promise.race([redis.connect().then(() => redis.ping()), late]);
  } catch (error) {
    redis.disconnect();
    const cause = last ?? (error as Error);
    const reason = (cause as NodeJS.ErrnoException).code ?? cause.message;
    throw new QueueError(
      `Redis at ${where} cannot be reached (${reason}). Start one: apt-get install redis-server, and then ` +
        'redis-server --appendonly yes.',
      { cause },
    );
  }
  return redis;
};

const hostOf = (url: string): string => {
  try {
    const { protocol, host } = new URL(url);
    if (/^rediss?:$/.test(protocol)) return host;
  } catch {
    // Falls through to the message.
  }
  throw new QueueError(
    'The URL of the pool begins with redis:// or rediss://, such as redis://127.0.0.1:6379.',
  );
};

/** The queue of a model's requests; its name may hold what a key may not. */
export const queueName = (model: string): string => `charter-${sha256(model).slice(0, 24)}`;

/** Model behind a pool, as its workers tell those that ask. */
export interface PoolModel {
  /** The model's name in rows and their keys. */
  readonly name: string;
  /** Its methods besides `generate`. */
  readonly can: readonly ('score' | 'embed' | 'promptLogprobs')[];
}

const modelKey = (model: string) => `${queueName(model)}-model`;

export const readPoolModel = async (redis: Redis, model: string): Promise<PoolModel | undefined> => {
  const text = await redis.get(modelKey(model));
  return text === null ? undefined : (JSON.parse(text) as PoolModel);
};

/** Says what a worker's model is. @throws {QueueError} when workers of this pool have another one */
export const writePoolModel = async (redis: Redis, model: string, own: PoolModel): Promise<void> => {
  await redis.set(modelKey(model), JSON.stringify(own), 'NX');
  const known = await readPoolModel(redis, model);
  if (known && (known.name !== own.name || known.can.join() !== own.can.join())) {
    throw new QueueError(
      `The workers of ${model} have the model ${known.name} (${['generate', ...known.can].join(', ')}), and this one has ` +
        `${own.name} (${['generate', ...own.can].join(', ')}). Workers of one pool have the same model: stop the others, ` +
        `or remove the key ${modelKey(model)} from Redis.`,
    );
  }
};
