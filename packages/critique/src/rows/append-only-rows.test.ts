import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAppendOnlyRows, readJsonl } from './append-only-rows.js';

const fileWith = async (text: string) => {
  const file = join(await mkdtemp(join(tmpdir(), 'rows-')), 'deeper', 'rows.jsonl');
  const rows = await openAppendOnlyRows(file, () => {});
  await rows.close();
  await writeFile(file, text);
  return file;
};

async function reopened(file: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  const rows = await openAppendOnlyRows(file, row => seen.push(row));
  await rows.append({ last: true });
  await rows.close();
  return seen;
}

test('whatever byte a write was torn at, whole rows stay and the next row begins on its own line', async () => {
  const whole = `{"n":1}\n{"n":2,"t":"né\u2028x"}\n`;
  const bytes = Buffer.from(whole);
  for (let length = 0; length <= bytes.length; length++) {
    const file = await fileWith('');
    await writeFile(file, bytes.subarray(0, length));
    const seen = await reopened(file);
    const after = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(after).toEqual([...seen, { last: true }]);
    expect(seen.length).toBe(length < 7 ? 0 : length < bytes.length - 1 ? 1 : 2);
  }
});

test('rows of more than one read buffer come back whole', async () => {
  const rows = Array.from({ length: 40 }, (_, n) => ({ n, text: 'ü'.repeat(n * 997) }));
  const file = await fileWith(rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  expect(await reopened(file)).toEqual(rows);
  const read = [];
  for await (const row of readJsonl(file)) read.push(row);
  expect(read).toEqual([...rows, { last: true }]);
});

test('a broken line in the middle is named, and the file stays as it is', async () => {
  const text = '{"n":1}\nnot json\n{"n":3}\n{"to';
  const file = await fileWith(text);
  await expect(openAppendOnlyRows(file, () => {})).rejects.toThrow(
    `${file}:2: this line is not a JSON object; put it right or take it out`,
  );
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('many rows at once are all written, each on its own line', async () => {
  const file = await fileWith('');
  const rows = await openAppendOnlyRows(file, () => {});
  await Promise.all(Array.from({ length: 500 }, (_, n) => rows.append({ n })));
  await rows.close();
  await appendFile(file, '');
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map(line => JSON.parse(line).n)).toEqual(Array.from({ length: 500 }, (_, n) => n));
});
