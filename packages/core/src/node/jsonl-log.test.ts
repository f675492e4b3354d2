import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJsonlLog } from './jsonl-log.js';
import { readJsonl } from './read-jsonl.js';

const fileWith = async (text: string) => {
  const file = join(await mkdtemp(join(tmpdir(), 'rows-')), 'rows.jsonl');
  await writeFile(file, text);
  return file;
};

const rowsAfterReopening = async (file: string): Promise<unknown[]> => {
  const seen: unknown[] = [];
  const log = await openJsonlLog(file, row => seen.push(row));
  await log.append({ last: true });
  return seen;
};

test('a file in a folder that is not there yet is begun', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'rows-')), 'deeper', 'rows.jsonl');
  expect(await rowsAfterReopening(file)).toEqual([]);
  expect(await readFile(file, 'utf8')).toBe('{"last":true}\n');
});

test('whatever byte a write was torn at, complete rows stay and the next row begins on its own line', async () => {
  const bytes = Buffer.from(`{"n":1}\n{"n":2,"t":"né\u2028x"}\n`);
  for (let length = 0; length <= bytes.length; length++) {
    const file = await fileWith('');
    await writeFile(file, bytes.subarray(0, length));
    const seen = await rowsAfterReopening(file);
    const after = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(after).toEqual([...seen, { last: true }]);
    expect(seen.length).toBe(length < 7 ? 0 : length < bytes.length - 1 ? 1 : 2);
  }
});

test('rows longer than one read buffer come back complete', async () => {
  const rows = Array.from({ length: 40 }, (_, n) => ({ n, text: 'ü'.repeat(n * 997) }));
  const file = await fileWith(rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  expect(await rowsAfterReopening(file)).toEqual(rows);
  const read = [];
  for await (const row of readJsonl(file)) read.push(row);
  expect(read).toEqual([...rows, { last: true }]);
});

test('a broken line in the middle is named, and the file stays as it is', async () => {
  const text = '{"n":1}\nnot json\n{"n":3}\n{"to';
  const file = await fileWith(text);
  await expect(openJsonlLog(file, () => {})).rejects.toThrow(
    `${file}:2: this line is not a JSON object; put it right or take it out`,
  );
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('many rows at once are all written, each on its own line', async () => {
  const file = await fileWith('');
  const log = await openJsonlLog(file, () => {});
  for (let n = 0; n < 500; n++) void log.append({ n });
  await log.flushed();
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map(line => JSON.parse(line).n)).toEqual(Array.from({ length: 500 }, (_, n) => n));
});

test('rows that cannot be written are told so', async () => {
  const file = await fileWith('');
  const log = await openJsonlLog(file, () => {});
  await writeFile(`${file}.txt`, '');
  const { rm, mkdir } = await import('node:fs/promises');
  await rm(file);
  await mkdir(file);
  await expect(log.append({ n: 1 })).rejects.toThrow(/EISDIR/);
});
