import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Constitution, CritiqueSummary } from '@charter/critique';
import { expect, it } from 'vitest';
import { critiqueSection } from './critique-section.js';

it('shows examples of every gate that stopped something, of rows that were kept out before rows that were saved', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'charter-section-'));
  const write = async (name: string, rows: readonly (readonly string[])[]) => {
    const file = join(folder, name);
    const lines = rows.map((gates, i) => {
      const steps = gates.map(gate => ({ gate, reason: `${gate} in ${name}`, critique: 'c', revision: 'r' }));
      return `${JSON.stringify({ prompt: `prompt ${i}`, init_response: 'a', steps })}\n`;
    });
    await writeFile(file, lines.join(''));
    return file;
  };
  const summary = {
    accepted: 2,
    rejected: 1,
    gates: { loop: 4, 'cut-off': 1, empty: 0 },
    principles: {},
    rejected_file: await write('rejected.jsonl', [['loop', 'loop']]),
    out: await write('rows.jsonl', [
      ['loop', 'loop', ''],
      ['cut-off', ''],
    ]),
  } as unknown as CritiqueSummary;
  const section = await critiqueSection(summary, { principles: [] } as unknown as Constitution);
  expect(section.gates!.map(({ gate, count }) => [gate, count])).toEqual([
    ['loop', 4],
    ['cut-off', 1],
  ]);
  const reasons = section.gates!.map(({ examples }) =>
    examples!.map(example => (example as { reason: string }).reason),
  );
  expect(reasons).toEqual([
    ['loop in rejected.jsonl', 'loop in rejected.jsonl', 'loop in rows.jsonl'],
    ['cut-off in rows.jsonl'],
  ]);
});
