import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JsonNumber } from '@charter/core';
import { expect, it } from 'vitest';
import { readRecords, readRows } from '../read-rows.js';
import { collect } from '../streams.js';

const written = async (name: string, content: string | Uint8Array) => {
  const file = join(await mkdtemp(join(tmpdir(), 'rows-')), name);
  await writeFile(file, content);
  return file;
};
const latin1 = (text: string) => Buffer.from(text, 'latin1');

it.each([
  ['a.jsonl', '{"text":"tea"}\n{"text":"café"}\n'],
  ['a.csv', 'text\ncafé\n'],
])('%s that is not UTF-8 is refused with its line, never read as U+FFFD', async (name, text) => {
  await expect(collect(readRecords(await written(name, latin1(text))))).rejects.toThrow(
    `${name}:2: not UTF-8. Save the file as UTF-8`,
  );
});

it('a .json that is not UTF-8, and one that holds null, are refused', async () => {
  await expect(collect(readRecords(await written('a.json', latin1('[{"text":"é"}]'))))).rejects.toThrow(
    'not UTF-8',
  );
  await expect(collect(readRecords(await written('a.json', 'null')))).rejects.toThrow(
    'holds no list of rows',
  );
});

it('long integers and whole floats stay what they are', async () => {
  const [row] = await collect(
    readRecords(await written('a.jsonl', '{"id":9007199254740993,"price":20.0,"n":20}\n')),
  );
  expect(row!.record).toEqual({
    id: new JsonNumber('9007199254740993'),
    price: new JsonNumber('20.0'),
    n: 20,
  });
});

it('whole floats of Parquet stay floats, in lists and structs too', async () => {
  const [row] = await collect(
    readRecords(fileURLToPath(new URL('../golden/numbers.parquet', import.meta.url))),
  );
  const float = (text: string) => new JsonNumber(text);
  expect(row!.record.arguments).toEqual({
    id: 9007199254740993n,
    price: float('20.0'),
    ratio: 0.5,
    n: 7,
    list: [float('1.0'), 2.5],
    prices: { apple: float('3.0') },
    parts: [{ weight: float('2.0'), count: 2 }],
  });
});

it('a cell of CSV that looks like JSON is text, unless it holds messages', async () => {
  const file = await written('a.csv', 'prompt,completion\nlist,"[{""item"": ""fig""}]"\n');
  expect(await collect(readRows(file))).toMatchObject([{ completion: '[{"item": "fig"}]' }]);
});

it('all fields of a message are kept', async () => {
  const messages = [
    { role: 'assistant', content: null, thinking: 'hm', tool_calls: [{ id: 'c1', function: { name: 'f' } }] },
    { role: 'tool', tool_call_id: 'c1', content: 'x', name: null },
    { role: 'assistant', content: 'ok', weight: 0 },
  ];
  const [row] = await collect(readRows(await written('a.jsonl', JSON.stringify({ messages }))));
  expect(row).toMatchObject({
    messages: [
      { thinking: 'hm', content: '', tool_calls: [{ id: 'c1' }] },
      { role: 'tool', tool_call_id: 'c1', content: 'x' },
      { weight: 0 },
    ],
  });
});

it('a JSON array is read in passing, whatever its items hold', async () => {
  const rows = [{ text: 'a "]," b \\' }, { text: '\\"é[{' }, { list: [[1], { a: [] }] }];
  const file = await written('a.json', `\uFEFF [\n${rows.map(row => JSON.stringify(row)).join(' ,')} ] \n`);
  expect((await collect(readRecords(file))).map(({ record }) => record)).toEqual(rows);
  expect(await collect(readRecords(await written('none.json', ' [ ]')))).toEqual([]);
});

it.each([
  ['[{"text":"a"},', 'not valid JSON (the array has no end)'],
  ['[{"text":"a"}] x', 'not valid JSON (something stands behind the array)'],
  ['[{"text":"a"},]', 'not valid JSON (Unexpected end of JSON input)'],
  ['[{"text":"a"}}', 'not valid JSON (the array ends with })'],
  ['[{"text":1e}]', 'a.json:1: not valid JSON'],
])('%s is refused', async (text, reason) => {
  const read: unknown[] = [];
  const reading = async () => {
    for await (const row of readRecords(await written('a.json', text))) read.push(row);
  };
  await expect(reading()).rejects.toThrow(reason);
});

it('an array of one long line takes linear time', async () => {
  const rows = Array.from({ length: 200_000 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(100)}"}`);
  const file = await written('a.json', `[${rows.join()}]`);
  let count = 0;
  for await (const _ of readRecords(file)) count += 1;
  expect(count).toBe(200_000);
}, 20_000);

it('a JSONL of one long line takes linear time', async () => {
  const file = await written('a.jsonl', JSON.stringify({ text: 'x'.repeat(40_000_000) }));
  const [row] = await collect(readRecords(file));
  expect((row!.record.text as string).length).toBe(40_000_000);
}, 5_000);
