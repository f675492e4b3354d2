import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFairQueue } from './fair-queue.js';

const never = new AbortController().signal;

function* jobs(count: number, work: (index: number) => Promise<void>, taken: number[] = []) {
  for (let index = 0; index < count; index++) {
    taken.push(index);
    yield () => work(index);
  }
}

test('a request with one job is not kept waiting by one with many', async () => {
  const queue = createFairQueue(2);
  const ended: string[] = [];
  const many = queue.run(
    jobs(50, async () => {
      await sleep(1);
      ended.push('many');
    }),
    never,
  );
  await queue.run(
    jobs(1, async () => {
      await sleep(1);
      ended.push('one');
    }),
    never,
  );
  expect(ended.indexOf('one')).toBeLessThan(6);
  await many;
  expect(ended).toHaveLength(51);
});

test('no more jobs run than allowed, and none is taken before its turn', async () => {
  const queue = createFairQueue(3);
  const taken: number[] = [];
  const ended: number[] = [];
  let [running, most, started] = [0, 0, 0];
  await queue.run(
    jobs(
      20,
      async () => {
        running += 1;
        most = Math.max(most, running);
        ended.push(taken.length - started++);
        await sleep(1);
        running -= 1;
      },
      taken,
    ),
    never,
  );
  expect(most).toBe(3);
  // Each was taken when it ran, not before.
  expect(new Set(ended)).toEqual(new Set([1]));
  expect(taken).toHaveLength(20);
});

test('after an error or an abort no further job is taken, and the queue goes on with others', async () => {
  const queue = createFairQueue(1);
  const taken: number[] = [];
  const failing = queue.run(
    jobs(1000, async () => Promise.reject(new Error('broken')), taken),
    never,
  );
  await expect(failing).rejects.toThrow('broken');
  expect(taken).toEqual([0]);
  const leaving = new AbortController();
  const left: number[] = [];
  const aborted = queue.run(
    jobs(1000, () => sleep(1), left),
    leaving.signal,
  );
  await sleep(5);
  leaving.abort(new Error('gone'));
  await expect(aborted).rejects.toThrow('gone');
  expect(left.length).toBeLessThan(20);
  let done = 0;
  await queue.run(
    jobs(3, async () => {
      done += 1;
    }),
    never,
  );
  expect(done).toBe(3);
});
