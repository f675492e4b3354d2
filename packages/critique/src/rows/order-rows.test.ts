import { lstat, mkdtemp, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { orderRows } from './order-rows.js';

const folder = () => mkdtemp(join(tmpdir(), 'charter-order-'));
const written = async (rows: readonly object[], end = '\n') => {
  const file = join(await folder(), 'rows.jsonl');
  await writeFile(file, rows.map(row => JSON.stringify(row)).join('\n') + end);
  return file;
};
const row = (index: number, key = `k${index}`) => ({ index, key, text: `row ${index} \u2028 ü` });

test('the same rows give the same bytes in whatever order they were done', async () => {
  const ordered = async (indices: readonly number[], end?: string) => {
    const file = await written(
      indices.map(index => row(index)),
      end,
    );
    await orderRows(file);
    return readFile(file, 'utf8');
  };
  const text = await ordered([10, 2, 0, 7]);
  expect(text).toBe([0, 2, 7, 10].map(index => `${JSON.stringify(row(index))}\n`).join(''));
  expect(await ordered([7, 0, 10, 2])).toBe(text);
  expect(await ordered([7, 0, 10, 2], '')).toBe(text);
});

test('where two runs share a file, rows of one index are in the order of their keys', async () => {
  const files = await Promise.all([
    written([row(1, 'b'), row(0, 'c'), row(1, 'a')]),
    written([row(1, 'a'), row(1, 'b'), row(0, 'c')]),
  ]);
  await Promise.all(files.map(orderRows));
  const [one, other] = await Promise.all(files.map(file => readFile(file, 'utf8')));
  expect(one).toBe(other);
  expect(one!.match(/"key":"."/g)).toEqual(['"key":"c"', '"key":"a"', '"key":"b"']);
});

test('a file that is in order is left alone; one that is not keeps its mode, and a link to it stays a link', async () => {
  const file = await written([row(0), row(1)]);
  const before = await stat(file);
  await orderRows(file);
  expect((await stat(file)).ino).toBe(before.ino);

  const other = await written([row(1), row(0)]);
  const link = join(await folder(), 'link.jsonl');
  await symlink(other, link);
  const { mode } = await stat(other);
  await orderRows(link);
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect((await stat(other)).mode).toBe(mode);
  expect((await readFile(other, 'utf8')).match(/"index":\d/g)).toEqual(['"index":0', '"index":1']);
});

test('rows larger than what is written at a time come out whole', async () => {
  const rows = [3, 1, 0, 2].map(index => ({ ...row(index), long: 'ü'.repeat(400_000 * index) }));
  const file = await written(rows);
  await orderRows(file);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map(line => JSON.parse(line))).toEqual(rows.toSorted((a, b) => a.index - b.index));
});
