import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { charter, root } from '../recipe/tiny-recipe.fixture.js';

const model = join(root, 'fixtures/models/llama');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'charter-flags-'));
});

const file = async (name: string, text: string) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};
const tokenize = async (data: string, ...args: string[]) => {
  const out = join(folder, 'ids.jsonl');
  const { status, stderr } = await charter([
    'tokenize',
    '--model',
    model,
    '--data',
    data,
    '--out',
    out,
    ...args,
  ]);
  const rows =
    status === 0
      ? (await readFile(out, 'utf8'))
          .trim()
          .split('\n')
          .map(row => JSON.parse(row).ids)
      : [];
  return { status, stderr, rows };
};

describe('flags that advice names', () => {
  it('--columns and --format read what the message about it could not', async () => {
    const rows = await file('rows.txt', '{"frage":"What is rain?","antwort":"Water."}\n');
    const nameless = await tokenize(rows);
    expect(nameless.status).toBe(2);
    expect(nameless.stderr).toContain('Give --format jsonl, json, csv, tsv or parquet.');
    const unnamed = await tokenize(rows, '--format', 'jsonl');
    expect(unnamed.stderr).toContain('Name them with --columns, such as --columns prompt=question.');
    const read = await tokenize(rows, '--format', 'jsonl', '--columns', 'prompt=frage', 'completion=antwort');
    expect(read.status, read.stderr).toBe(0);
    const known = await file('rows.jsonl', '{"prompt":"What is rain?","completion":"Water."}\n');
    expect(read.rows).toEqual((await tokenize(known)).rows);
  });

  it('--skip-bad-rows skips what the message would have dropped, and names it without advice', async () => {
    const rows = await file(
      'pairs.jsonl',
      '{"chosen":"\\n\\nHuman: a\\n\\nAssistant:","rejected":"\\n\\nHuman: a\\n\\nAssistant: b"}\n' +
        '{"prompt":"a","chosen":"c","rejected":"b"}\n',
    );
    const out = join(folder, 'dpo');
    const args = ['dpo', '--model', model, '--data', rows, '--steps', '1', '--out', out];
    const refused = await charter(args);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('Drop the row, or skip such rows with --skip-bad-rows.');
    const skipped = await charter([...args, '--skip-bad-rows']);
    expect(skipped.status, skipped.stderr).toBe(0);
    expect(skipped.stderr).toMatch(/^Skipped .*pairs\.jsonl:1: (?!.*Drop).*\.$/m);
  });

  it('--chat-template and --chat-template-kwargs write the conversation', async () => {
    const rows = await file('chat.jsonl', '{"messages":[{"role":"user","content":"hi"}]}\n');
    const template = await file(
      'own.jinja',
      '{{ messages[0].content }}{% if shout is false %} quietly{% elif shout == 2 %} twice{% endif %}',
    );
    const text = await file('text.jsonl', '{"text":"hi quietly"}\n{"text":"hi twice"}\n{"text":"hi"}\n');
    // Plain text gets the special tokens of the tokenizer, of which this one has none.
    const [quietly, twice, plain] = (await tokenize(text)).rows;
    const own = (...args: string[]) => tokenize(rows, '--chat-template', template, ...args);
    expect((await own()).rows).toEqual([plain]);
    expect((await own('--chat-template-kwargs', 'shout=false')).rows).toEqual([quietly]);
    expect((await own('--chat-template-kwargs', '{"shout": 2}')).rows).toEqual([twice]);
    const missing = await tokenize(rows, '--chat-template', join(folder, 'none.jinja'));
    expect(missing).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/none\.jinja: no such file or folder \(open, ENOENT\)\.\n$/),
    });
  });
});
