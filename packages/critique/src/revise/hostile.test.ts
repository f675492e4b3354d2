import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { beforeAll, expect, test } from 'vitest';
import { nightly } from '../../../../tests/nightly.js';
import type { CritiqueRow } from './critique-row.js';
import { hostileEndpoint } from './hostile-endpoint.fixture.js';

const source = fileURLToPath(new URL('./hostile-run.fixture.ts', import.meta.url));
const constitution = fileURLToPath(new URL('../../constitutions/charter.yaml', import.meta.url));
const KILLS = nightly ? 20 : 5;
const COUNT = nightly ? 160 : 60;

/** The process that is killed, in one file: it is started often, and reading the sources takes long. */
let program: string;
beforeAll(async () => {
  const outDir = await mkdtemp(join(tmpdir(), 'hostile-program-'));
  await build({
    entry: { run: source },
    outDir,
    format: ['esm'],
    config: false,
    silent: true,
    noExternal: [/.*/],
    esbuildOptions(options) {
      options.conditions = ['@charter/source'];
    },
    // Some dependencies are CommonJS inside.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outExtension: () => ({ js: '.mjs' }),
  });
  program = join(outDir, 'run.mjs');
}, 60_000);

const start = (url: string, out: string) => {
  const process_ = spawn(process.execPath, [program, url, out, `${COUNT}`, constitution], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  process_.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>(resolve => process_.on('close', resolve));
  return { kill: () => process_.kill('SIGKILL'), ended, said: () => stderr };
};

const wholeLines = async (file: string): Promise<string[]> =>
  existsSync(file) ? (await readFile(file, 'utf8')).split('\n').slice(0, -1) : [];

test('a hostile endpoint and kills at moments of chance lose no row, repeat none, and change no text', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  const out = join(folder, 'rows.jsonl');
  const endpoint = await hostileEndpoint();
  let before: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const run = start(endpoint.url, out);
    await Promise.race([endpoint.nextRequest(), run.ended]);
    await setTimeout(Math.random() * 250);
    run.kill();
    await run.ended;
    const lines = await wholeLines(out);
    // What stood there stands there, byte for byte.
    expect(lines.slice(0, before.length)).toEqual(before);
    before = lines;
  }
  const last = start(endpoint.url, out);
  expect(await last.ended, last.said()).toBe(0);
  await endpoint.close();

  const politely = await hostileEndpoint({ hostile: false });
  const other = join(folder, 'undisturbed/rows.jsonl');
  const undisturbed = start(politely.url, other);
  expect(await undisturbed.ended, undisturbed.said()).toBe(0);
  await politely.close();

  const rowsOf = async (file: string) =>
    (await wholeLines(file))
      .map(line => JSON.parse(line) as CritiqueRow)
      // What the hostile one counted is its own affair.
      .map(({ usage: { requests }, ...row }) => ({ ...row, requests }))
      .sort((a, b) => a.index - b.index);
  const rows = await rowsOf(out);
  expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  expect(rows).toEqual(await rowsOf(other));
});
