import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createJsonlFile } from './create-jsonl-file.js';
import { writeAtomically, writeFileAtomically } from './write-atomically.js';

const folder = () => mkdtemp(join(tmpdir(), 'atomic-'));

test('a writer that fails leaves the old file and nothing else', async () => {
  const where = await folder();
  const file = join(where, 'record.json');
  await writeFileAtomically(file, 'old');
  const failing = writeAtomically(file, async handle => {
    await handle.writeFile('half of the n');
    throw new Error('the writer failed');
  });
  await expect(failing).rejects.toThrow('the writer failed');
  expect(await readFile(file, 'utf8')).toBe('old');
  expect(await readdir(where)).toEqual(['record.json']);
});

test('a JSONL file appears when all of it is written', async () => {
  const where = await folder();
  const rows = await createJsonlFile(join(where, 'rows.jsonl'));
  await rows.write({ n: 1 });
  expect(await readdir(where)).not.toContain('rows.jsonl');
  await rows.close();
  expect(await readFile(join(where, 'rows.jsonl'), 'utf8')).toBe('{"n":1}\n');
  expect(await readdir(where)).toEqual(['rows.jsonl']);
});
