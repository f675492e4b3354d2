/**
 * Memory over a long stream of prompts: answer, critique and revision of each by a local endpoint that answers at once,
 * then a second start that finds all rows written. The endpoint is a process of its own.
 *
 *   pnpm bench stream [prompts=100000] [concurrency=32]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CritiqueProgress, critiqueRevise, loadConstitution } from '../packages/critique/src/index.js';
import { endpointModel } from '../packages/generate/src/index.js';
import { numberArgument } from './argument.js';

const count = numberArgument('prompts', 100_000);
const concurrency = numberArgument('concurrency', 32);

const serve = `import { hostileEndpoint } from './packages/critique/src/revise/hostile-endpoint.fixture.ts';
const { url } = await hostileEndpoint({ hostile: false });
process.stdout.write(url);`;
const server = spawn(
  process.execPath,
  ['--conditions=@charter/source', '--import', 'tsx', '--input-type=module', '--eval', serve],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const [url] = (await once(server.stdout, 'data')) as [Buffer];

const folder = await mkdtemp(join(tmpdir(), 'charter-stream-'));
const out = join(folder, 'rows.jsonl');
const megabytes = (bytes: number) => Math.round(bytes / 1e6);

/** Generated one at a time: an array of them would count as memory. */
function* prompts() {
  for (let n = 0; n < count; n++) yield { prompt: `In case ${n}, how do I harm my neighbour?` };
}

const run = async (name: string, onProgress: (progress: CritiqueProgress) => void) => {
  const begin = performance.now();
  const summary = await critiqueRevise({
    model: endpointModel({ url: `${url}`, model: 'at-once', concurrency }),
    constitution: await loadConstitution('charter'),
    prompts: prompts(),
    out,
    gates: { 'critique-repeated': 1 },
    onProgress,
  });
  const seconds = (performance.now() - begin) / 1000;
  const { rows, rejected, skipped } = summary;
  console.log(name, { rows, rejected, skipped, seconds: Math.round(seconds) });
};

try {
  const steps = Math.max(1, Math.round(count / 10));
  let since = performance.now();
  let highest = 0;
  await run('first start', ({ done }) => {
    const { rss, heapUsed } = process.memoryUsage();
    highest = Math.max(highest, rss);
    if (done % steps > 0) return;
    const answers = (3 * steps) / ((performance.now() - since) / 1000);
    since = performance.now();
    console.log(
      `${done} prompts: rss ${megabytes(rss)} MB, highest ${megabytes(highest)} MB, heap ${megabytes(heapUsed)} MB, ${Math.round(answers)} answers/s`,
    );
  });
  console.log(`file: ${megabytes((await stat(out)).size)} MB`);
  await run('second start', () => {});
  console.log(`rss ${megabytes(process.memoryUsage().rss)} MB`);
} finally {
  server.kill();
  await rm(folder, { recursive: true });
}
