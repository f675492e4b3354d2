import { expect, test } from 'vitest';
import { earlierCritiques } from './earlier-critiques.js';

const text = (n: number) => `in case ${n} the owner of shop ${n} would pay for what was taken`;

test('the critique that is most alike is found, with the share of runs of 4 words that stand in it', async () => {
  const earlier = earlierCritiques();
  const first = earlier.enter();
  expect(await first.mostAlike(text(1))).toEqual({ share: 0, text: '' });
  first.tell(text(1));
  earlier.enter().tell(text(2));
  const third = earlier.enter();
  expect(await third.mostAlike(text(2))).toEqual({ share: 1, text: text(2) });
  const { share } = await third.mostAlike(text(3));
  expect(share).toBeGreaterThan(0.3);
  expect(share).toBeLessThan(0.6);
});

test('a row is compared with those before it and no others, whatever is written first', async () => {
  const earlier = earlierCritiques();
  const [a, b, c] = [earlier.enter(), earlier.enter(), earlier.enter()];
  c.tell(text(3));
  const told: string[] = [];
  const alike = b.mostAlike(text(1)).then(found => {
    told.push('b compared');
    return found;
  });
  await Promise.resolve();
  told.push('a tells');
  a.tell(text(1));
  expect(await alike).toEqual({ share: 1, text: text(1) });
  expect(told).toEqual(['a tells', 'b compared']);
  expect((await b.mostAlike(text(3))).share).toBeLessThan(1);
});

test('a row that failed, or has no critique, holds nobody up', async () => {
  const earlier = earlierCritiques();
  const failed = earlier.enter();
  const next = earlier.enter();
  failed.leave();
  expect(await next.mostAlike(text(1))).toEqual({ share: 0, text: '' });
});

test('of two that are alike, the first prompt’s is named', async () => {
  const earlier = earlierCritiques();
  const [a, b] = [earlier.enter(), earlier.enter()];
  b.tell(`${text(1)} again`);
  a.tell(`${text(1)} and again`);
  expect((await earlier.enter().mostAlike(text(1))).text).toBe(`${text(1)} and again`);
});

test('rows of an earlier run are read when a row behind them asks, and only those near it', async () => {
  const earlier = earlierCritiques(2);
  const read: number[] = [];
  for (const n of [1, 2, 3]) {
    earlier.enterDone(async () => {
      read.push(n);
      return text(n);
    });
  }
  expect(read).toEqual([]);
  const place = earlier.enter();
  expect((await place.mostAlike(text(3))).share).toBe(1);
  expect((await place.mostAlike(text(1))).share).toBeLessThan(1);
  expect(read.sort()).toEqual([2, 3]);
});

test('only the last ones are remembered, but all that an open row may ask for', async () => {
  const earlier = earlierCritiques(2);
  const enter = (n: number) => {
    const place = earlier.enter();
    place.tell(`${text(n)} word${n}`);
    return place;
  };
  enter(0).leave();
  enter(1).leave();
  const slow = enter(2);
  for (const n of [3, 4, 5, 6]) enter(n).leave();
  expect((await slow.mostAlike(`${text(0)} word0`)).share).toBe(1);
  expect((await slow.mostAlike(`${text(3)} word3`)).share).toBeLessThan(1);
  slow.leave();
  const last = enter(7);
  expect((await last.mostAlike(`${text(6)} word6`)).share).toBe(1);
  expect((await last.mostAlike(`${text(4)} word4`)).share).toBeLessThan(1);
});
