/**
 * Rows per second of a pool whose workers answer at once, Redis' memory, and the size of the files; or with `kills` a
 * count of rows after that many kills of workers, of Redis and of the one that asks.
 *
 *   pnpm bench pool [rows=100000] [workers=2] [letters=600] [write=no|yes]
 *   pnpm bench pool kills=20 [rows=6000]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { openJsonlLog } from '../packages/core/src/node/index.js';
import { queueModel } from '../packages/queue/src/index.js';
import { startRedis } from '../packages/queue/src/redis-server.fixture.js';
import { argument, numberArgument } from './argument.js';
import { writeSection } from './write-section.js';

const kills = numberArgument('kills', 0);
const rows = numberArgument('rows', kills > 0 ? 6000 : 100_000);
const workers = numberArgument('workers', 2);
const letters = numberArgument('letters', 600);
const folder = await mkdtemp(join(tmpdir(), 'charter-pool-bench-'));
const out = join(folder, 'rows.jsonl');
const redis = await startRedis({ appendfsync: kills > 0 ? 'always' : 'everysec' });

const start = (program: string, ...args: string[]): ChildProcess => {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const node = ['--conditions=@charter/source', '--import', 'tsx', file];
  return spawn(process.execPath, [...node, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
};
const ended = (child: ChildProcess) =>
  child.exitCode === null && child.signalCode === null
    ? new Promise(resolve => child.once('close', resolve))
    : Promise.resolve();
const linesOf = async () => (await readFile(out, 'utf8').catch(() => '')).split('\n').filter(Boolean);

/** Rows in the file after kills, each of another process in turn. */
const withKills = async (): Promise<string> => {
  const fixture = '../packages/queue/src/pool-processes.fixture.ts';
  const work = () => start(fixture, 'work', redis.url);
  const feed = () => start(fixture, 'feed', redis.url, out, `${rows}`);
  const pool = Array.from({ length: workers }, work);
  let feeder = feed();
  for (let kill = 0; kill < kills; kill++) {
    const before = (await linesOf()).length;
    while ((await linesOf()).length < before + 60) await sleep(20);
    await sleep(Math.random() * 200);
    if (kill % 4 === 3) {
      await redis.restart();
    } else if (kill % 4 === 1) {
      feeder.kill('SIGKILL');
      await ended(feeder);
      feeder = feed();
    } else {
      const victim = pool.shift()!;
      victim.kill('SIGKILL');
      await ended(victim);
      pool.push(work());
    }
    console.log(`kill ${kill + 1} after ${(await linesOf()).length} rows`);
  }
  await ended(feeder);
  for (const child of pool) child.kill('SIGKILL');
  const found = (await linesOf()).map(line => (JSON.parse(line) as { key: string }).key);
  return `${kills} kills of workers, of the one that asks and of Redis: ${found.length} rows of ${rows}, ${new Set(found).size} different ones.`;
};

const sizeOf = async (path: string): Promise<number> => {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  const sizes = await Promise.all((await readdir(path)).map(name => sizeOf(join(path, name))));
  return sizes.reduce((a, b) => a + b, 0);
};

const asFastAsPossible = async (): Promise<string> => {
  const pool = Array.from({ length: workers }, () => start('pool/fake-worker.ts', redis.url, `${letters}`));
  const model = await queueModel({ redis: redis.url, pool: 'bench' });
  const log = await openJsonlLog(out, () => {});
  const began = performance.now();
  let next = 0;
  const ask = async () => {
    while (next < rows) {
      const i = next++;
      if (i % 10_000 === 0 && i > 0)
        console.log(`${i} rows, ${Math.round((1000 * i) / (performance.now() - began))}/s`);
      const prompt = `${'How would somebody go about this, step by step? '.repeat(6)}${i}`;
      const { text } = await model.generate({ prompt, seed: i });
      await log.append({ prompt, text });
    }
  };
  await Promise.all(Array.from({ length: model.concurrency }, ask));
  const seconds = (performance.now() - began) / 1000;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const peak = await redis.peakMemory();
  const files = { out: await sizeOf(out), appendOnly: await sizeOf(redis.folder) };
  const own = process.memoryUsage().rss;
  await model.dispose();
  for (const child of pool) child.kill('SIGKILL');
  return (
    `\`pnpm bench pool rows=${rows}\` on ${machine()}: ${rows.toLocaleString('en-US')} prompts of 290 letters and answers of ${letters}, ` +
    `${workers} workers that answer at once, one Redis, all on this machine: ${Math.round(rows / seconds)} rows/s from the request to ` +
    `the line in the file. Redis used ${megabytes(peak)} at most, and its append-only file has ${megabytes(files.appendOnly)}; the rows have ` +
    `${megabytes(files.out)}; the process that asks had ${megabytes(own)} at its end.`
  );
};

const told = kills > 0 ? await withKills() : await asFastAsPossible();
console.log(told);
if (argument('write', 'no') === 'yes') await writeSection(kills > 0 ? 'pool-kills' : 'pool', told);
redis.stop();
await rm(folder, { recursive: true, force: true });
