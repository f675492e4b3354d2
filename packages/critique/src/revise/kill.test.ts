import { spawn } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const child = fileURLToPath(new URL('./killed-run.fixture.ts', import.meta.url));
const count = 150;

/** Runs the fixture and kills it after N rows; resolves to the rows it reported as written. */
function run(out: string, killAfter: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const node = ['--conditions=@charter/source', '--import', 'tsx', child, out, String(count)];
    const started = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'] });
    let written = 0;
    started.stdout.on('data', chunk => {
      written += chunk.length;
      if (written >= killAfter) started.kill('SIGKILL');
    });
    started.on('error', reject);
    started.on('close', () => resolve(written));
  });
}

test('kill -9 at any moment loses no row that was reported, and no row is written twice', async () => {
  const out = join(await mkdtemp(join(tmpdir(), 'kill-')), 'rows.jsonl');
  let reported = 0;
  for (const killAfter of [1, 17, 40, Number.POSITIVE_INFINITY]) {
    reported += await run(out, killAfter);
    const whole = (await readFile(out, 'utf8')).split('\n').length - 1;
    expect(whole).toBeGreaterThanOrEqual(reported);
  }
  const rows = (await readFile(out, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(rows.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, n) => n),
  );
});
