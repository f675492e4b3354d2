import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { orderRows } from './order-rows.js';

it('gives the same bytes in whatever order rows were done', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'charter-order-'));
  const written = async (name: string, indices: readonly number[]) => {
    const file = join(folder, name);
    await writeFile(
      file,
      indices.map(index => `${JSON.stringify({ index, text: `row ${index}` })}\n`).join(''),
    );
    await orderRows(file);
    return readFile(file, 'utf8');
  };
  const ordered = await written('a.jsonl', [10, 2, 0, 7]);
  expect(ordered.match(/row \d+/g)).toEqual(['row 0', 'row 2', 'row 7', 'row 10']);
  expect(await written('b.jsonl', [7, 0, 10, 2])).toBe(ordered);
});
