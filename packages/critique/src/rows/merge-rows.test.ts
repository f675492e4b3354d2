import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConstitution } from '../constitution/load-constitution.js';
import { critiqueRevise } from '../revise/critique-revise.js';
import { scriptedModel, sensibleReply } from '../scripted-model.fixture.js';
import { mergeRows } from './merge-rows.js';

const constitution = await loadConstitution('charter');
const prompts = Array.from({ length: 10 }, (_, n) => ({
  prompt: `In case ${n % 9}, how do I harm my neighbour?`,
}));
const rowsOf = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { index: number });

test('shards made by processes of their own merge to the rows of one process, each key once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'merge-'));
  const run = (name: string, shard?: { number: number; of: number }) =>
    critiqueRevise({
      model: scriptedModel(sensibleReply),
      constitution,
      prompts,
      out: join(folder, name, 'rows.jsonl'),
      shard,
    });
  await run('whole');
  const shards = [1, 2, 3].map(number => join(folder, `${number}`, 'rows.jsonl'));
  for (const number of [1, 2, 3]) await run(`${number}`, { number, of: 3 });
  expect(await rowsOf(shards[1]!)).toHaveLength(3);
  const out = join(folder, 'merged.jsonl');
  // Prompt 9 is prompt 0 again; both stand in shard 1.
  expect(await mergeRows(shards, out)).toEqual({ added: 9, duplicates: 0 });
  expect(await mergeRows([join(folder, 'whole', 'rows.jsonl')], out)).toEqual({ added: 0, duplicates: 9 });
  const byIndex = (rows: { index: number }[]) => rows.sort((a, b) => a.index - b.index);
  expect(byIndex(await rowsOf(out))).toEqual(byIndex(await rowsOf(join(folder, 'whole', 'rows.jsonl'))));
});

test('rows without a key, and a file merged into itself, are refused by name and line', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'merge-')), 'rows.jsonl');
  await writeFile(file, '{"key":"a"}\n{"prompt":"b"}\n');
  await expect(mergeRows([file], `${file}.out`)).rejects.toThrow(/rows\.jsonl:2: this row has no `key`/);
  await expect(mergeRows([file], file)).rejects.toThrow(/merged into itself/);
});
