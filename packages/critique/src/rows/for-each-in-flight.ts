/**
 * Works on the items of a stream, at most `limit` at a time, and reads no further ahead than that, so that a
 * stream of any length takes the same memory.
 *
 * After the first error, or once `signal` fires, no further item is begun; what is in flight is waited for.
 * @throws the first error of the stream or of `work`, unless the signal had fired: cancelled work fails as it likes
 */
export const forEachInFlight = async <T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> => {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let index = 0;
  let ended = false;
  const errors: unknown[] = [];

  // One `next` at a time: it keeps the numbers in the stream's order whatever the iterator does.
  let turn: Promise<unknown> = Promise.resolve();
  const take = (): Promise<{ item: T; index: number } | undefined> => {
    const taken = turn.then(async () => {
      if (ended || signal?.aborted) return undefined;
      const next = await unlessAborted(iterator.next(), signal);
      if (next === undefined || next.done) {
        ended = true;
        return undefined;
      }
      return { item: next.value, index: index++ };
    });
    turn = taken.catch(() => undefined);
    return taken;
  };

  async function worker(): Promise<void> {
    try {
      for (let next = await take(); next; next = await take()) await work(next.item, next.index);
    } catch (error) {
      ended = true;
      if (!signal?.aborted) errors.push(error);
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));

  // Not waited for: a stream that hangs in `next` (a terminal) would hang here too.
  if (signal?.aborted || errors.length > 0) Promise.resolve(iterator.return?.()).catch(() => undefined);
  if (errors.length > 0) throw errors[0];
};

/** The value, or undefined as soon as the signal fires. Takes its listener away again: one per item would pile up. */
const unlessAborted = <V>(value: V | Promise<V>, signal?: AbortSignal): Promise<V | undefined> => {
  if (!signal) return Promise.resolve(value);
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
};
