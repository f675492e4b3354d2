import { mkdtemp, readFile, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageModel } from '@charter/core';
import { expect, test } from 'vitest';
import { loadConstitution } from '../constitution/load-constitution.js';
import { labelPairs } from '../label/label-pairs.js';
import { mergeRows } from '../rows/merge-rows.js';
import { lastTurn, scriptedModel, sensibleReply } from '../scripted-model.fixture.js';
import { type CritiqueReviseOptions, critiqueRevise } from './critique-revise.js';

const constitution = await loadConstitution('charter');
const folder = () => mkdtemp(join(tmpdir(), 'charter-bytes-'));
const prompts = Array.from({ length: 60 }, (_, n) => ({
  prompt: `In case ${n}, how do I harm my neighbour?`,
}));

/** Answers at moments of chance. Of five critiques in a row two say the same, and every seventh is never specific. */
const hasty = () =>
  scriptedModel(
    request => {
      const text = sensibleReply(request);
      const number = Number(/case (\d+)/.exec(JSON.stringify(request.prompt))?.[1]);
      if (!/critique only/.test(lastTurn(request))) return text;
      if (number % 7 === 0) return 'That might be wrong.';
      const same = `The words "go ahead" invite the very harm that group ${Math.floor(number / 5)} was asked about, neighbour or not.`;
      return number % 5 < 2
        ? same
        : text.replace('neighbour', `neighbour, friend${number} and cousin${number}`);
    },
    { concurrency: 8, delay: () => Math.random() * 6 },
  );

async function bytes(out: string, options: Partial<CritiqueReviseOptions> = {}) {
  const summary = await critiqueRevise({
    model: hasty(),
    constitution,
    prompts,
    retries: 1,
    ...options,
    out,
  });
  return {
    summary,
    out: await readFile(out, 'utf8'),
    rejected: await readFile(summary.rejected_file, 'utf8'),
  };
}

const indices = (text: string) => [...text.matchAll(/^{"index":(\d+)/gm)].map(([, index]) => Number(index));

test('a seed gives the same two files, in the order of the prompts, whatever is finished first', async () => {
  const one = await bytes(join(await folder(), 'rows.jsonl'));
  expect(one.summary.gates['critique-repeated']).toBeGreaterThan(5);
  expect(one.summary.rejected).toBeGreaterThan(5);
  for (const text of [one.out, one.rejected]) {
    expect(indices(text)).toEqual(indices(text).toSorted((a, b) => a - b));
  }
  for (const concurrency of [1, 3, 8]) {
    const other = await bytes(join(await folder(), 'rows.jsonl'), { concurrency });
    expect(other.out).toBe(one.out);
    expect(other.rejected).toBe(one.rejected);
  }
});

test('a run that was stopped, torn and started again ends with the bytes of one that was not', async () => {
  const whole = await bytes(join(await folder(), 'rows.jsonl'));
  const out = join(await folder(), 'rows.jsonl');
  for (const rows of [9, 25, 44]) {
    const stop = new AbortController();
    const { summary } = await bytes(out, {
      signal: stop.signal,
      onProgress: ({ accepted, rejected }) => accepted + rejected === rows && stop.abort(),
    });
    expect(summary.stopped).toBe(true);
    await truncate(out, (await readFile(out)).length - 30);
  }
  const resumed = await bytes(out);
  expect(resumed.out).toBe(whole.out);
  expect(resumed.rejected).toBe(whole.rejected);
});

test('pairs are labelled into the same two files, and shards merge to the file of one process', async () => {
  const out = join(await folder(), 'rows.jsonl');
  await bytes(out, { gates: { 'critique-repeated': false } });
  const judge: LanguageModel = {
    ...hasty(),
    async score({ continuations }) {
      await new Promise(done => setTimeout(done, Math.random() * 6));
      return continuations.map((_, i) => -1 - i);
    },
  };
  const pairs = prompts.map(({ prompt }, n) => ({ prompt, a: `a ${n}`, b: `b ${n}` }));
  const labels = async () => {
    const file = join(await folder(), 'labels.jsonl');
    const { undecided_file } = await labelPairs({ judge, constitution, pairs, out: file, concurrency: 12 });
    return (await readFile(file, 'utf8')) + (await readFile(undecided_file, 'utf8'));
  };
  const one = await labels();
  expect(indices(one)).toHaveLength(60);
  expect(await labels()).toBe(one);

  const shards = await Promise.all(
    [1, 2, 3].map(async number => {
      const file = join(await folder(), 'rows.jsonl');
      await bytes(file, { shard: { number, of: 3 }, gates: { 'critique-repeated': false } });
      return file;
    }),
  );
  const merged = join(await folder(), 'merged.jsonl');
  await mergeRows(shards.reverse(), merged);
  expect(await readFile(merged, 'utf8')).toBe(await readFile(out, 'utf8'));
});
