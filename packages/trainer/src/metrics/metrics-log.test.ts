import { appendFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { appendMetrics, readMetrics, restoreMetrics } from './metrics-log.js';

describe('metrics.jsonl', () => {
  let file: string;
  beforeEach(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'charter-metrics-')), 'metrics.jsonl');
  });

  it('has no entries before it is there', async () => {
    expect(await readMetrics(file)).toEqual([]);
  });

  it('is read without a line that a kill cut off', async () => {
    await appendMetrics(file, { step: 1, loss: 0.5 });
    await appendFile(file, '{"step": 2, "lo');
    expect(await readMetrics(file)).toEqual([{ step: 1, loss: 0.5 }]);
  });

  it('is restored to the entries of a checkpoint: lines beyond it go, lost and damaged ones come back', async () => {
    const entries = [
      { step: 1, loss: 0.1 + 0.2, grad_norm: 1e-17 },
      { step: 2, loss: Number.NaN },
      { step: 2, eval_loss: 1 },
    ];
    for (const entry of entries) await appendMetrics(file, entry);
    const text = await readFile(file, 'utf8');
    const later = `${text}{"step":3,"loss":4}\n{"step": 4`;
    for (const found of [later, text.slice(20), '{"step":"x"}\n', '']) {
      await writeFile(file, found);
      await restoreMetrics(file, entries);
      expect(await readFile(file, 'utf8')).toBe(text);
    }
    expect(await readMetrics(file)).toEqual(entries);
    expect(await readdir(dirname(file))).toEqual(['metrics.jsonl']);
  });

  it('names a line that is no entry', async () => {
    for (const line of ['{"step":1', '[1]', 'null', '{"loss":1}', '{"step":1,"loss":"0.5"}']) {
      await writeFile(file, `{"step":1,"loss":2}\n${line}\n`);
      await expect(readMetrics(file)).rejects.toThrow(/metrics\.jsonl:2: this line is no object of numbers/);
    }
  });
});
