import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isCharterError } from '../charter-error.js';
import { withFileLock } from './file-lock.js';

const fixture = fileURLToPath(new URL('./file-lock.fixture.ts', import.meta.url));
const run = (...args: string[]): ChildProcess =>
  spawn(process.execPath, ['--conditions=@charter/source', '--import', 'tsx', fixture, ...args]);

const lockFile = async () => join(await mkdtemp(join(tmpdir(), 'lock-')), 'out', '.lock');

/** A process that has the lock. */
const holder = async (file: string): Promise<ChildProcess> => {
  const child = run('hold', file);
  await once(child.stdout!, 'data');
  return child;
};

const killed = async (child: ChildProcess) => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

test('a second process is told who holds the lock; after a kill -9 the lock is free at once', async () => {
  const file = await lockFile();
  const child = await holder(file);
  const error = await withFileLock(file, async () => expect.unreachable()).catch(error => error);
  expect(isCharterError(error)).toBe(true);
  expect(error.message).toMatch(
    new RegExp(
      `^.*\\.lock: process ${child.pid} on ${hostname()} has been writing here since \\d{4}-.*Z\\. Wait until it ends, or choose another output\\.$`,
    ),
  );
  await killed(child);
  expect(await withFileLock(file, async () => 'taken')).toBe('taken');
});

test('of many processes that find a dead lock one at a time works, and nothing is left over', async () => {
  const file = await lockFile();
  await killed(await holder(file));
  const counter = join(dirname(file), 'counter');
  const log = join(dirname(file), 'log');
  await writeFile(counter, '0');
  const children = Array.from({ length: 5 }, () => run('count', file, counter, log));
  const codes = await Promise.all(children.map(async child => (await once(child, 'exit'))[0]));
  expect(codes).toEqual([0, 0, 0, 0, 0]);
  expect(await readFile(counter, 'utf8')).toBe('50');
  expect(new Set((await readFile(log, 'utf8')).trim().split('\n')).size).toBe(5);
  expect(await readdir(dirname(file))).toEqual(['counter', 'log']);
});

test('what a process left that died while it took the lock is taken away', async () => {
  const file = await lockFile();
  const id = '0a0b0c0d-0000-4000-8000-00000000000a';
  const since = '2026-01-01T00:00:00.000Z';
  await withFileLock(join(dirname(file), 'other'), async () => {
    await writeFile(`${file}.${id}`, JSON.stringify({ id, pid: 2 ** 22 + 1, host: hostname(), since }));
    await writeFile(`${file}.mine`, 'a file of the user');
    await withFileLock(file, async () => {});
    expect((await readdir(dirname(file))).sort()).toEqual(['.lock.mine', 'other']);
  });
});

test('a damaged lock is that of a dead process', async () => {
  for (const text of ['', '{"pid":', 'null', '{"id":"../x","pid":1,"host":"h","since":"s"}']) {
    const file = await lockFile();
    await withFileLock(join(dirname(file), 'other'), async () => {
      await writeFile(file, text);
      expect(await withFileLock(file, async () => 'taken')).toBe('taken');
    });
  }
});

test('a lock of another machine is held until it was not touched for two minutes', async () => {
  const file = await lockFile();
  await withFileLock(join(dirname(file), 'other'), async () => {
    const lock = { id: 'x', pid: 7, host: 'elsewhere', since: '2026-01-01T00:00:00.000Z' };
    await writeFile(file, JSON.stringify(lock));
    await expect(withFileLock(file, async () => {})).rejects.toThrow('process 7 on elsewhere');
    const old = new Date(Date.now() - 121_000);
    await utimes(file, old, old);
    expect(await withFileLock(file, async () => 'taken')).toBe('taken');
  });
});

test.skipIf(process.platform !== 'linux')(
  'a pid that was given to another process holds no lock',
  async () => {
    const file = await lockFile();
    await withFileLock(file, async () => {
      const own = JSON.parse(await readFile(file, 'utf8'));
      await writeFile(file, JSON.stringify({ ...own, id: 'x', began: '1' }));
      expect(await withFileLock(file, async () => 'taken')).toBe('taken');
    });
  },
);

test('work that fails lets the lock go, and a folder that nothing was written to is taken away', async () => {
  const file = await lockFile();
  await expect(withFileLock(file, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await readdir(join(dirname(file), '..'))).toEqual([]);
});
