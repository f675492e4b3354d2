import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { forEachInFlight } from './for-each-in-flight.js';

test('no more than the limit is in flight, and the stream is read no further ahead', async () => {
  let read = 0;
  let done = 0;
  let ahead = 0;
  async function* items() {
    for (let n = 0; n < 50; n++) {
      read += 1;
      ahead = Math.max(ahead, read - done);
      yield n;
    }
  }
  const seen: number[] = [];
  await forEachInFlight(items(), 4, async (item, index) => {
    expect(item).toBe(index);
    await sleep(Math.random() * 3);
    seen.push(index);
    done += 1;
  });
  expect(ahead).toBeLessThanOrEqual(4);
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n));
});

test('after an error nothing new begins, and what is in flight is finished', async () => {
  const begun: number[] = [];
  const finished: number[] = [];
  const run = forEachInFlight(
    Array.from({ length: 20 }, (_, n) => n),
    3,
    async n => {
      begun.push(n);
      await sleep(n === 1 ? 1 : 10);
      if (n === 1) throw new Error('the server said no');
      finished.push(n);
    },
  );
  await expect(run).rejects.toThrow('the server said no');
  expect(begun).toEqual([0, 1, 2]);
  expect(finished).toEqual([0, 2]);
});

test('an error of the stream itself is thrown', async () => {
  async function* items() {
    yield 1;
    throw new Error('line 2 is broken');
  }
  await expect(forEachInFlight(items(), 2, async () => {})).rejects.toThrow('line 2 is broken');
});

test('the signal ends a stream that never yields', async () => {
  const stop = new AbortController();
  async function* items() {
    yield 1;
    await new Promise(() => {});
  }
  setTimeout(() => stop.abort(), 10);
  await forEachInFlight(items(), 2, async () => {}, stop.signal);
});
