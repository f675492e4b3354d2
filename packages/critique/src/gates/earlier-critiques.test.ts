import { expect, test } from 'vitest';
import { earlierCritiques } from './earlier-critiques.js';

const text = (n: number) => `in case ${n} the owner of shop ${n} would pay for what was taken`;

test('the critique that is most similar is found, with the share of 4-grams that are in it', async () => {
  const earlier = earlierCritiques();
  const first = earlier.add();
  expect(await first.mostSimilar(text(1))).toEqual({ share: 0, text: '' });
  first.record(text(1));
  earlier.add().record(text(2));
  const third = earlier.add();
  expect(await third.mostSimilar(text(2))).toEqual({ share: 1, text: text(2) });
  const { share } = await third.mostSimilar(text(3));
  expect(share).toBeGreaterThan(0.3);
  expect(share).toBeLessThan(0.6);
});

test('a row is compared with those before it and no others, whatever is written first', async () => {
  const earlier = earlierCritiques();
  const [a, b, c] = [earlier.add(), earlier.add(), earlier.add()];
  c.record(text(3));
  const told: string[] = [];
  const alike = b.mostSimilar(text(1)).then(found => {
    told.push('b compared');
    return found;
  });
  await Promise.resolve();
  told.push('a tells');
  a.record(text(1));
  expect(await alike).toEqual({ share: 1, text: text(1) });
  expect(told).toEqual(['a tells', 'b compared']);
  expect((await b.mostSimilar(text(3))).share).toBeLessThan(1);
});

test('a row that failed, or has no critique, holds nobody up', async () => {
  const earlier = earlierCritiques();
  const failed = earlier.add();
  const next = earlier.add();
  failed.close();
  expect(await next.mostSimilar(text(1))).toEqual({ share: 0, text: '' });
});

test('of two that are equally similar, the first prompt’s is named', async () => {
  const earlier = earlierCritiques();
  const [a, b] = [earlier.add(), earlier.add()];
  b.record(`${text(1)} again`);
  a.record(`${text(1)} and again`);
  expect((await earlier.add().mostSimilar(text(1))).text).toBe(`${text(1)} and again`);
});

test('rows of an earlier run are read when a row behind them asks, and only those near it', async () => {
  const earlier = earlierCritiques(2);
  const read: number[] = [];
  for (const n of [1, 2, 3]) {
    earlier.addFinished(async () => {
      read.push(n);
      return text(n);
    });
  }
  expect(read).toEqual([]);
  const handle = earlier.add();
  expect((await handle.mostSimilar(text(3))).share).toBe(1);
  expect((await handle.mostSimilar(text(1))).share).toBeLessThan(1);
  expect(read.sort()).toEqual([2, 3]);
});

test('only the last ones are remembered, but all that an open row may ask for', async () => {
  const earlier = earlierCritiques(2);
  const add = (n: number) => {
    const handle = earlier.add();
    handle.record(`${text(n)} word${n}`);
    return handle;
  };
  add(0).close();
  add(1).close();
  const slow = add(2);
  for (const n of [3, 4, 5, 6]) add(n).close();
  expect((await slow.mostSimilar(`${text(0)} word0`)).share).toBe(1);
  expect((await slow.mostSimilar(`${text(3)} word3`)).share).toBeLessThan(1);
  slow.close();
  const last = add(7);
  expect((await last.mostSimilar(`${text(6)} word6`)).share).toBe(1);
  expect((await last.mostSimilar(`${text(4)} word4`)).share).toBeLessThan(1);
});
