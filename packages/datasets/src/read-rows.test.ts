import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RowAdapter } from './adapters/adapter.js';
import type { DatasetError } from './dataset-error.js';
import { type ReadOptions, readRecords, readRows } from './read-rows.js';
import { collect } from './streams.js';
import { UnusableRowError } from './unusable-row-error.js';

const cai = fileURLToPath(new URL('golden/cai.parquet', import.meta.url));
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const chat = { messages: [user('hi 🙂'), assistant('hello')] };

const folder = async (files: Record<string, string | Uint8Array>): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'rows-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
};
const read = async (name: string, content: string | Uint8Array, options: ReadOptions = {}) => {
  const root = await folder({ [name]: content });
  return await collect(readRows(join(root, name), options));
};
const jsonl = (...rows: unknown[]) => rows.map(row => JSON.stringify(row)).join('\n');

it('carries along the columns that are asked for, also where rows are converted', async () => {
  const rows = [
    { prompt: 'one', id: 7, rubric: { steps: ['a'] }, other: 1 },
    { prompt: 'two', response: 'b', rubric: null },
  ];
  const root = await folder({ 'a.jsonl': jsonl(...rows) });
  const read = await collect(readRows(join(root, 'a.jsonl'), { as: 'prompt', keep: ['rubric', 'id'] }));
  expect(read.map(({ prompt, kept }) => ({ prompt, kept }))).toEqual([
    { prompt: 'one', kept: { rubric: { steps: ['a'] }, id: 7 } },
    { prompt: 'two', kept: undefined },
  ]);
});

describe('formats', () => {
  const expected = { kind: 'messages', ...chat };
  const contents: Record<string, string | Uint8Array> = {
    'a.jsonl': jsonl(chat),
    'a.ndjson': `\uFEFF${jsonl(chat)}\r\n\r\n`,
    'a.json': JSON.stringify([chat], null, 2),
    'one-line.json': JSON.stringify([chat]),
    'held.json': JSON.stringify({ data: [chat] }),
    'held-pretty.json': JSON.stringify({ data: [chat] }, null, 2),
    'lines.json': jsonl(chat),
    'a.csv': `messages\n"${JSON.stringify(chat.messages).replaceAll('"', '""')}"\n`,
    'a.tsv': `id\tmessages\n1\t"${JSON.stringify(chat.messages).replaceAll('"', '""')}"\n`,
  };
  for (const [name, content] of Object.entries(contents)) {
    it(`${name}, plain and gzipped`, async () => {
      expect(await read(name, content)).toMatchObject([expected]);
      expect(await read(`${name}.gz`, gzipSync(content))).toMatchObject([expected]);
    });
  }

  it('Parquet as Python writes it, zstd, over several row groups, plain and gzipped', async () => {
    const rows = await collect(readRows(cai));
    expect(rows.map(row => row.source.row)).toEqual([1, 2, 3]);
    expect(rows[2]).toEqual({
      kind: 'preference',
      prompt: [user('How do I open lock 2? 🙂')],
      chosen: [assistant('Ask who owns it.')],
      rejected: [assistant('With force.')],
      source: { file: cai, row: 3 },
    });
    expect(await read('x.parquet.gz', gzipSync(await readFile(cai)))).toHaveLength(3);
  });

  it('a line end of Unicode inside a text ends no row', async () => {
    expect(await read('a.jsonl', '{"text":"one\u2028two"}\n')).toMatchObject([{ text: 'one\u2028two' }]);
  });

  it('a character cut by the end of a chunk stays whole', async () => {
    const text = '🙂'.repeat(50_000);
    expect(await read('a.jsonl', jsonl({ text: `a${text}` }))).toMatchObject([{ text: `a${text}` }]);
  });

  it('a broken Parquet, gzip or CSV file is named', async () => {
    await expect(read('x.parquet', 'PAR?')).rejects.toThrow(/x\.parquet: not readable as Parquet \(/);
    await expect(read('x.jsonl.gz', gzipSync(jsonl(chat)).subarray(0, 30))).rejects.toThrow(
      /x\.jsonl\.gz: not a whole gzip file \(.*\)\. Download it again\./,
    );
    await expect(read('x.csv', 'text\n"one\n')).rejects.toThrow(/x\.csv:1: not valid CSV \(/);
  });
});

describe('folders and patterns', () => {
  it('shards are read in the order of their names, and only those of the split', async () => {
    const root = await folder({
      'README.md': '# data',
      'dataset_infos.json': '{}',
      'data/train_sft-00001-of-00002.jsonl': jsonl({ text: 'second' }),
      'data/train_sft-00000-of-00002.jsonl': jsonl({ text: 'first' }),
      'data/test_sft-00000-of-00001.jsonl': jsonl({ text: 'held out' }),
    });
    expect(await collect(readRows(root, { split: 'train_sft' }))).toMatchObject([
      { text: 'first' },
      { text: 'second' },
    ]);
    expect(await collect(readRows(`${root}/data/test*.jsonl`))).toMatchObject([{ text: 'held out' }]);
    await expect(collect(readRows(root))).rejects.toThrow(
      `${root}: holds several splits: test_sft, train_sft. Choose one (split), or name the files.`,
    );
    await expect(collect(readRows(root, { split: 'train' }))).rejects.toThrow(
      `${root}: has no split train. It has: test_sft, train_sft.`,
    );
  });

  it('several formats in a folder are not guessed between', async () => {
    const root = await folder({ 'a.jsonl': jsonl({ text: 'x' }), 'b.csv': 'text\ny\n' });
    await expect(collect(readRows(root))).rejects.toThrow(
      'holds several formats: csv, jsonl. Choose one (format)',
    );
    expect(await collect(readRows(root, { format: 'csv' }))).toMatchObject([{ text: 'y' }]);
  });

  it('a path that is not there, and a name without a known ending, are errors', async () => {
    await expect(collect(readRows('no/such.jsonl'))).rejects.toThrow(
      'no/such.jsonl: there is no such file or folder. Check the path.',
    );
    await expect(read('rows.dat', '')).rejects.toThrow(
      'the name does not tell the format. Pass format: jsonl,',
    );
  });
});

describe('kinds of rows, told by their columns', () => {
  const cases: [name: string, record: object, row: object][] = [
    [
      'prompt and completion, chats',
      { prompt: [user('q')], completion: [assistant('a')] },
      { kind: 'prompt-completion' },
    ],
    ['prompt and completion, texts', { prompt: 'q', completion: ' a' }, { prompt: 'q', completion: ' a' }],
    ['question and answer', { question: 'q', answer: 'a' }, { prompt: 'q', completion: 'a' }],
    [
      'a text beside a chat becomes a turn',
      { prompt: 'q', completion: [assistant('a')] },
      { prompt: [user('q')], completion: [assistant('a')] },
    ],
    [
      'ShareGPT',
      {
        conversations: [
          { from: 'human', value: 'q' },
          { from: 'gpt', value: 'a' },
        ],
      },
      { kind: 'messages', messages: [user('q'), assistant('a')] },
    ],
    [
      'preference with its prompt',
      { prompt: [user('q')], chosen: [assistant('a')], rejected: [assistant('b')] },
      { prompt: [user('q')], chosen: [assistant('a')], rejected: [assistant('b')] },
    ],
    [
      'preference that repeats the prompt',
      { prompt: 'q', chosen: [user('q'), assistant('a')], rejected: [user('q'), assistant('b')] },
      { prompt: [user('q')], chosen: [assistant('a')], rejected: [assistant('b')] },
    ],
    [
      'preference without a prompt',
      { prompt: null, chosen: 'The sky is blue', rejected: 'The sky is red' },
      { prompt: 'The sky is', chosen: ' blue', rejected: ' red' },
    ],
    ['a prompt', { prompt: [user('q')] }, { kind: 'prompt', prompt: [user('q')] }],
    ['a question', { question: 'q' }, { kind: 'prompt', prompt: 'q' }],
    ['text', { text: 't' }, { kind: 'text', text: 't' }],
    [
      'columns that Python filled with None, and parts of a text, which stay parts',
      {
        prompt: null,
        completion: null,
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'q' }], tool_calls: null, name: null },
          { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f' } }] },
        ],
      },
      {
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'q' }] },
          { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f' } }] },
        ],
      },
    ],
    [
      'what critique writes before it adds messages',
      { init_prompt: 'q', init_response: 'bad', revision_response: 'good' },
      { kind: 'preference', prompt: [user('q')], chosen: [assistant('good')], rejected: [assistant('bad')] },
    ],
  ];
  it.each(cases)('%s', async (_, record, row) => {
    const [read_] = await read('rows.jsonl', jsonl(record));
    expect(read_).toMatchObject(row);
  });

  it('filled columns that nothing reads are named', async () => {
    const unused: (readonly string[])[] = [];
    const rows = jsonl(
      {
        messages: [user('q'), assistant('a')],
        tools: [{ name: 'f' }],
        system: 'Be brief.',
        id: 7,
        note: null,
      },
      { prompt: 'p', completion: 'c', source: 'web' },
    );
    await read('rows.jsonl', rows, { onUnusedColumns: columns => unused.push(columns) });
    expect(unused).toEqual([['id'], ['source']]);
  });

  it('other names of roles and columns can be given', async () => {
    const rows = await read('rows.jsonl', jsonl({ chat: [user('q'), { role: 'bot', content: 'a' }] }), {
      columns: { chat: 'messages' },
      roleMap: { bot: 'assistant' },
    });
    expect(rows).toMatchObject([{ messages: [user('q'), assistant('a')] }]);
  });

  it('an adapter of your own reads the rows, with their place in its errors', async () => {
    const ranked: RowAdapter = {
      columns: 'query, answers',
      matches: () => true,
      read({ query, answers }) {
        const [chosen, rejected] = answers as string[];
        if (rejected === undefined) throw new UnusableRowError('there is one answer only', 'Drop the row.');
        return { kind: 'preference', prompt: `${query}`, chosen: chosen!, rejected };
      },
    };
    const rows = jsonl({ query: 'Soup?', answers: [' Salt it once.', ' Too salty.'] }, { answers: ['x'] });
    const bad: string[] = [];
    const onBadRow = (error: DatasetError) => bad.push(error.message);
    expect(await read('rows.jsonl', rows, { adapter: ranked, onBadRow })).toMatchObject([
      { kind: 'preference', prompt: 'Soup?', chosen: ' Salt it once.', rejected: ' Too salty.' },
    ]);
    expect(bad[0]).toMatch(/rows\.jsonl:2: there is one answer only\. Drop the row\.$/);
    // A name that is not known is no bad row, of which there might be one for each row.
    await expect(read('rows.jsonl', rows, { adapter: 'ranked' as never, onBadRow })).rejects.toThrow(
      /^adapter: there is none called "ranked"\. There are cai-conversation-harmless, /,
    );
  });

  it('an adapter can be forced', async () => {
    const both = jsonl({ messages: chat.messages, text: 'plain' });
    expect(await read('rows.jsonl', both)).toMatchObject([{ kind: 'messages' }]);
    expect(await read('rows.jsonl', both, { adapter: 'text' })).toMatchObject([
      { kind: 'text', text: 'plain' },
    ]);
  });

  it('records keep every column', async () => {
    const [first] = await collect(readRecords(cai, { limit: 1 }));
    expect(first!.record.critic_response).toBe('It breaks things.');
  });
});

describe('transcripts in the manner of hh-rlhf', () => {
  const pair = (chosen: string, rejected: string) => jsonl({ chosen, rejected });
  const before = '\n\nHuman: one\n\nAssistant: two\n\nHuman: three\n\nAssistant:';

  it('become a prompt and two answers', async () => {
    expect(await read('hh.jsonl', pair(`${before} good`, `${before} bad`))).toMatchObject([
      {
        kind: 'preference',
        prompt: [user('one'), assistant('two'), user('three')],
        chosen: [assistant('good')],
        rejected: [assistant('bad')],
      },
    ]);
  });

  it('a speaker named inside a line is text', async () => {
    const [row] = await read('hh.jsonl', pair(`${before} You said Human: x\nAssistant: y`, `${before} no`));
    expect(row).toMatchObject({ chosen: [assistant('You said Human: x\nAssistant: y')] });
    expect(row!.source.quirks).toEqual(['a speaker named inside a turn, kept as text']);
  });

  it('an empty turn is left out and turns of one speaker are joined', async () => {
    const odd = '\n\nHuman: one\n\nAssistant: \n\nHuman: more\n\nAssistant:';
    const [row] = await read('hh.jsonl', pair(`${odd} a\n\nAssistant: b`, `${odd} c`));
    expect(row).toMatchObject({
      prompt: [user('one\n\nmore')],
      chosen: [assistant('a\n\nb')],
      rejected: [assistant('c')],
    });
    expect(row!.source.quirks).toEqual(['empty turn left out', 'turns of one speaker joined']);
  });

  it.each([
    ['an empty answer', `${before} good`, before, 'rejected ends with an empty answer'],
    [
      'a last turn of the human',
      `${before} x\n\nHuman: bye`,
      `${before} y`,
      "chosen does not end with the assistant's turn",
    ],
    [
      'pairs that part earlier',
      `${before} x`,
      `${before.replace('two', 'TWO')} y`,
      'chosen and rejected part before the last turn',
    ],
    [
      'an answer to nothing',
      '\n\nAssistant: x',
      '\n\nAssistant: y',
      'chosen has no human turn before the answer',
    ],
  ])('%s makes a bad row', async (_, chosen, rejected, reason) => {
    const errors: DatasetError[] = [];
    expect(await read('hh.jsonl', pair(chosen, rejected), { onBadRow: error => errors.push(error) })).toEqual(
      [],
    );
    expect(errors.map(error => error.reason)).toEqual([reason]);
  });
});

describe('bad rows', () => {
  const bad = `${jsonl(chat)}\n{"text": NaN}\n[1]\n${jsonl({ messages: [user('q'), { role: 'bot', content: 'a' }] }, { foo: 1, bar: null }, { messages: [] }, chat)}`;

  it.each([
    [2, /:2: not valid JSON \(.*\)\. NaN is Python’s and not JSON: write null, true or false\.$/],
    [3, /:3: not an object\. Expected an object with columns as its fields\.$/],
    [
      4,
      /:4: messages\[1\]\.role is "bot"; expected system, user, assistant or tool\. Rename it, or pass --role-map bot=assistant \(roleMap\)\.$/,
    ],
    [
      5,
      /:5: cannot tell what to do with the columns foo\. Rename them \(columns\), or choose an adapter\. Known are cai/,
    ],
    [6, /:6: messages is an empty list\. Expected a list of \{ role, content \} with at least one entry\.$/],
  ])('line %i says what is wrong, where, and what to do', async (row, message) => {
    const errors: DatasetError[] = [];
    const rows = await read('rows.jsonl', bad, { onBadRow: error => errors.push(error) });
    expect(rows.map(({ source }) => source.row)).toEqual([1, 7]);
    expect(errors.find(error => error.row === row)?.message).toMatch(message);
  });

  it('the first one throws unless it is taken', async () => {
    await expect(read('rows.jsonl', bad)).rejects.toThrow(/rows\.jsonl:2: not valid JSON/);
  });

  it('do not count towards the limit', async () => {
    expect(await read('rows.jsonl', bad, { limit: 2, onBadRow: () => {} })).toHaveLength(2);
    expect(await read('rows.jsonl', bad, { limit: 1 })).toHaveLength(1);
  });

  it('carry the marker by which the command line knows errors of the user', async () => {
    const error = await read('rows.jsonl', '{').catch(error => error);
    expect(error[Symbol.for('charter.error')]).toBe(true);
    expect(error).toMatchObject({ name: 'DatasetError', row: 1 });
  });

  it('a row that cannot serve what it is wanted for is one', async () => {
    const root = await folder({ 'rows.jsonl': jsonl({ text: 'x' }) });
    await expect(collect(readRows(`${root}/rows.jsonl`, { as: 'preference' }))).rejects.toThrow(
      /rows\.jsonl:1: a row of kind text has no worse answer\. Preference rows have chosen and rejected\.$/,
    );
  });
});
