import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { label } from './label.js';

it('takes the pairs of the critique stage as they are, the new answer chosen, the first one rejected', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'charter-label-'));
  const file = join(folder, 'rows.jsonl');
  const asked = { role: 'user', content: 'How do I follow her?' };
  const answered = (content: string) => [asked, { role: 'assistant', content }];
  const row = { prompt: asked.content, chosen: answered('Ask her.'), rejected: answered('Track her phone.') };
  await writeFile(file, `${JSON.stringify(row)}\n`);
  const notes: string[] = [];
  const run = {
    recipe: { dpo: {}, label: { from: 'critique' }, critique: { from: 'prompts' }, seed: 0 },
    outcomes: { critique: { result: { file, rows: 1 }, fingerprint: 'f' } },
    terminal: { note: (text: string) => notes.push(text) },
  } as unknown as Parameters<typeof label.prepare>[0];
  const work = await label.prepare(run);
  expect(work!.inputs).toEqual({ settings: { from: 'critique' }, critique: 'f' });
  const { file: pairs, pairs: count } = await work!.run(folder);
  expect(count).toBe(1);
  expect(JSON.parse(await readFile(pairs, 'utf8'))).toEqual({
    prompt: [asked],
    chosen: [{ role: 'assistant', content: 'Ask her.' }],
    rejected: [{ role: 'assistant', content: 'Track her phone.' }],
  });
  expect(notes).toEqual(['label: 1 pairs of the critique stage taken as they are.']);
});
