import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { charter, tinyConstitution, tinyRecipe } from '../tiny-recipe.fixture.js';

describe('charter sweep', () => {
  let file: string;
  let out: string;
  let stopped: Awaited<ReturnType<typeof charter>>;
  let finished: Awaited<ReturnType<typeof charter>>;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'charter-sweep-'));
    file = join(folder, 'tiny.yaml');
    out = join(folder, 'out');
    await writeFile(join(folder, 'constitution.yaml'), tinyConstitution);
    await writeFile(file, tinyRecipe(folder));
    const args = ['sweep', file, '--helpful-ratio', '0,1', '--beta', '0.05,0.1', '--out', out];
    stopped = await charter(args, stderr => stderr.includes('Run 3 of 4'));
    finished = await charter(args);
  }, 180_000);

  it('can be stopped, with a report of what is done, and the same command resumes it', () => {
    expect(stopped.status).toBe(130);
    expect(stopped.stdout).toBe('');
    expect(finished.stderr).toContain('evaluate-base: already done.');
    expect(finished.status).toBe(0);
    expect(finished.stdout.trim().split('\n').at(-1)).toBe(join(out, 'report.html'));
  });

  it('runs what settings have in common once', () => {
    const stages = readdirSync(join(out, 'stages')).filter(name => name !== 'reference-logps');
    const count = (stage: string) =>
      stages.filter(name => new RegExp(`^${stage}-[0-9a-f]{16}$`).test(name)).length;
    expect(
      Object.fromEntries(
        ['evaluate-base', 'critique', 'sft', 'evaluate-sft', 'label', 'dpo', 'evaluate-dpo'].map(stage => [
          stage,
          count(stage),
        ]),
      ),
    ).toEqual({
      'evaluate-base': 1,
      critique: 1,
      sft: 2,
      'evaluate-sft': 2,
      label: 2,
      dpo: 4,
      'evaluate-dpo': 4,
    });
  });

  it('prints every setting with n and interval, and writes the frontier and a report of each run', () => {
    const lines = finished.stdout.split('\n');
    expect(
      lines.filter(line => /^[* ] helpful-ratio [01], beta 0\.(05|1) .*n = 2\)/.test(line)),
    ).toHaveLength(4);
    expect(lines.filter(line => line.startsWith('* '))).toHaveLength(1);
    const { frontier, title } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    expect(title).toContain('4 settings');
    expect(frontier.points).toHaveLength(5);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Harmless against helpful');
    for (const folder of ['helpful-ratio-0_beta-0.05', 'helpful-ratio-1_beta-0.1']) {
      expect(existsSync(join(out, folder, 'report.html'))).toBe(true);
    }
  });

  it('asks for values, and names one that does not fit', async () => {
    const nothing = await charter(['sweep', file, '--out', out]);
    expect(nothing.stderr).toContain('There is nothing to vary');
    expect(nothing.status).toBe(2);
    const wrong = await charter(['sweep', file, '--beta', '0.1,x', '--out', out]);
    expect(wrong.stderr).toContain('--beta');
    expect(wrong.status).toBe(2);
  });
});
