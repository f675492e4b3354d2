/**
 * Reads mutants in a process of its own, which may hang or die: `try-mutants.ts <parser | all> <seed> <from> <to> <folder>`.
 * Each failure is one line of JSON; the number of the mutant at hand stands in `<folder>/at`.
 */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isCharterError } from '@charter/core';
import { drawsOf, mutate } from './mutate.js';
import { openParser, type Parser, parsers } from './parsers.js';

const [name, ...rest] = process.argv.slice(2) as [string, string, string, string, string];
const [seed, from, to] = rest.slice(0, 3).map(Number) as [number, number, number];
const folder = rest[3]!;

/** Most of the processor's time that a mutant may take, and most that it may wait, in milliseconds. */
const MOST_TIME = 1000;
const MOST_WAIT = 20_000;
/** Memory that the process may gain by one file, beside twice the file: what the engine's own heap grows by. */
const MOST_MEMORY = 64 * 2 ** 20;

const names = name === 'all' ? Object.keys(parsers) : [name];
const opened: Parser[] = [];
for (const each of names) opened.push(await openParser(each, folder));
const atFile = openSync(join(folder, 'at'), 'w');
const shared = new Int32Array(new SharedArrayBuffer(4));
let at = from;
const report = (kind: string, detail: string) => {
  const parser = names[at % names.length];
  writeSync(1, `${JSON.stringify({ at, parser, kind, detail: detail.slice(0, 500) })}\n`);
};

// A file that is read without end blocks this thread, so another one watches it.
const watch = `
  const { workerData: { shared, time, wait } } = require('node:worker_threads');
  let last = -1, begin = 0, used = 0;
  const spent = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  for (;;) {
    Atomics.wait(shared, 0, shared[0], 100);
    const now = shared[0];
    if (now !== last) { last = now; begin = Date.now(); used = spent(); continue; }
    const kind = spent() - used > time ? 'hang' : Date.now() - begin > wait ? 'never settles' : undefined;
    if (kind === undefined) continue;
    require('node:fs').writeSync(1, JSON.stringify({ at: now, kind, detail: '' }) + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }`;
shared[0] = at;
const worker = new Worker(watch, {
  eval: true,
  execArgv: [],
  workerData: { shared, time: MOST_TIME, wait: MOST_WAIT },
});
worker.unref();

process.on('unhandledRejection', error =>
  report('unhandled rejection', String((error as Error)?.stack ?? error)),
);

const peak = () => process.resourceUsage().maxRSS * 1024;
let refused = 0;
let taken = 0;
for (; at < to; at++) {
  shared[0] = at;
  writeSync(atFile, `${at}\n`, 0);
  const parser = opened[at % opened.length]!;
  const draw = drawsOf(seed * 1_000_003 + at);
  const mutant = mutate(parser.sound[draw(parser.sound.length)]!, parser.form, draw);
  writeFileSync(parser.file, mutant);
  const before = peak();
  let error: unknown;
  try {
    await parser.parse();
    taken += 1;
  } catch (caught) {
    error = caught;
    refused += 1;
  }
  // Rejections that nobody handles are noticed a turn later.
  await new Promise(resolve => setImmediate(resolve));
  const own = error === undefined || isCharterError(error);
  if (!own) report('foreign error', (error as Error)?.stack ?? String(error));
  if (error instanceof Error && error.message.length > 20_000) report('endless message', error.message);
  if (at > from && peak() - before > MOST_MEMORY + 2 * mutant.length)
    report('memory', `${Math.round((peak() - before) / 2 ** 20)} MB for a file of ${mutant.length} bytes`);
}
// Those that a read left behind may come late, and are counted for the last mutant.
await new Promise(resolve => setTimeout(resolve, 200));
closeSync(atFile);
writeSync(1, `${JSON.stringify({ kind: 'end', taken, refused })}\n`);
process.exit(0);
