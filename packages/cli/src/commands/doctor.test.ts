import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'charter-doctor-'));
/** A driver that does not exist stands for a machine without one; nobody listens at port 9. */
const env = {
  ...process.env,
  VK_DRIVER_FILES: join(folder, 'no-driver.json'),
  HF_ENDPOINT: 'http://127.0.0.1:9',
  CHARTER_CACHE: join(folder, 'cache'),
};

const charter = (args: readonly string[], more: Record<string, string> = {}) =>
  spawnSync(
    process.execPath,
    ['--conditions=@charter/source', '--import', 'tsx', 'packages/cli/src/main.ts', ...args],
    { cwd: root, env: { ...env, ...more }, encoding: 'utf8' },
  );

it('says what works here, and what to do about what does not', { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = charter(['doctor', '--json']);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { devices, cache, hub, versions } = JSON.parse(stdout);
  expect(devices[0]).toMatchObject({ device: 'cpu', works: true });
  expect(devices[0].gflops).toBeGreaterThan(0);
  if (process.platform === 'linux') {
    const webgpu = devices.find(({ device }: { device: string }) => device === 'webgpu');
    expect(webgpu).toMatchObject({ works: false });
    expect(webgpu.advice).toContain('libvulkan1');
  }
  expect(cache).toMatchObject({ folder: join(folder, 'cache'), writable: true });
  expect(hub).toMatchObject({ endpoint: 'http://127.0.0.1:9', reachable: false });
  expect(versions.node).toBe(process.versions.node);
});

it('is what a device that does not work points to', { timeout: 120_000 }, () => {
  const { status, stderr } = charter([
    ...['score', '--model', 'fixtures/models/llama', '--data', 'fixtures/inputs/texts.jsonl'],
    ...['--out', join(folder, 'scores.jsonl'), '--device', process.platform === 'linux' ? 'webgpu' : 'cuda'],
  ]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^The device "(webgpu|cuda)" does not work here\. .+\n.+/m);
});

it('is readable, and says where the cache cannot be written', { timeout: 120_000 }, () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const { stdout } = charter(['doctor'], { CHARTER_CACHE: join(file, 'cache') });
  expect(stdout).toMatch(/^cpu {5}works; matrix products at \d+ GFLOP\/s just now$/m);
  expect(stdout).toMatch(/^cache .* cannot be written: .*Set CHARTER_CACHE to another folder\.$/m);
  expect(stdout).toMatch(/^hub {5}http:\/\/127\.0\.0\.1:9 cannot be reached: .*HF_ENDPOINT/m);
});
