import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KillSweep, openKillSweep } from './kill-sweep.js';

/** A few operations of each run, drawn with a seed; `pnpm bench kill-sweep` tries them all. */
const draw = (count: number, seed: number): number => ((seed * 2_654_435_761) % 2 ** 32) % count;

describe.each(['sft', 'dpo'] as const)('%s that is killed at a file operation', method => {
  let sweep: KillSweep;
  beforeAll(async () => {
    sweep = await openKillSweep(method);
  }, 120_000);
  afterAll(() => sweep.dispose());

  it.each([1, 2])('ends with the files of a run that was not, draw %i', { timeout: 240_000 }, async seed => {
    const first = 1 + draw(sweep.operations, seed);
    const second = 1 + draw(Math.ceil(sweep.operations / 2), seed + 10);
    const files = await sweep.filesAfter(first, second);
    expect(Object.keys(files), `killed at ${first}, then at ${second}`).toEqual(Object.keys(sweep.expected));
    expect(files, `killed at ${first}, then at ${second}`).toEqual(sweep.expected);
  });
});
