import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { appendMetrics, readMetrics, truncateMetrics } from './metrics-log.js';

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

  it('is cut back to a checkpoint, cut line included, so that the next line stands alone', async () => {
    for (const step of [1, 2, 3]) await appendMetrics(file, { step, loss: step / 3 });
    await appendMetrics(file, { step: 2, eval_loss: 1 });
    await appendFile(file, '{"step": 4');
    await truncateMetrics(file, 2);
    await appendMetrics(file, { step: 3, loss: 9 });
    expect(await readMetrics(file)).toEqual([
      { step: 1, loss: 1 / 3 },
      { step: 2, loss: 2 / 3 },
      { step: 2, eval_loss: 1 },
      { step: 3, loss: 9 },
    ]);
  });

  it('keeps every bit of a line that stays', async () => {
    await writeFile(file, '');
    await appendMetrics(file, { step: 1, loss: 0.1 + 0.2, grad_norm: 1e-17 });
    const before = await readFile(file, 'utf8');
    await truncateMetrics(file, 1);
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});
