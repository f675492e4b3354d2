/**
 * `charter serve` under hostile clients, and what an honest one notices: requests of every kind that once silenced it,
 * mixed, from many clients at once. Fails when the honest client is not served, or memory grows.
 *
 *   node --conditions=@charter/source --import tsx bench/hostile-clients.ts [minutes=10] [clients=200]
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const argument = (name: string, fallback: number): number =>
  Number(process.argv.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback);
const [minutes, clients] = [argument('minutes', 10), argument('clients', 200)];
/** Most seconds that the honest client may wait, and most growth of memory between the halves of the run. */
const LONGEST_WAIT = 60;
const MOST_GROWTH = 1.5;
/** Most memory at any time, in MB: 512 MB for requests, and the model beside them. */
const MOST_MEMORY = 1500;

/** Runs this file, or the command, in a process of its own. */
const start = (args: string[], stderr: 'inherit' | 'ignore' = 'inherit') =>
  spawn(process.execPath, ['--conditions=@charter/source', '--import', 'tsx', ...args], {
    stdio: ['ignore', 'pipe', stderr],
  });
const firstLine = (child: ReturnType<typeof start>): Promise<string> =>
  new Promise(resolve => child.stdout.once('data', chunk => resolve(`${chunk}`.trim())));

const given = process.argv.find(arg => arg.startsWith('url='))?.slice(4);
const server = given
  ? undefined
  : start(['packages/cli/src/main.ts', 'serve', '--model', 'fixtures/models/llama', '--port', '0'], 'ignore');
const url = given ?? (await firstLine(server!));
const port = Number(new URL(url).port);
const megabytes = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server!.pid}/status`, 'utf8'))![1]) / 1024;

let over = false;
const statuses = new Map<string, number>();
const count = (kind: string, status: string | number) => {
  const key = `${kind} ${status}`;
  statuses.set(key, (statuses.get(key) ?? 0) + 1);
};
const random = (n: number) => Math.floor(Math.random() * n);

/** Why a request has no answer: `left` where its client went away, else the code of the connection's error. */
const reasonOf = (error: unknown): string => {
  const { name, message, cause } = error as Error & { cause?: { code?: string } };
  return name === 'TimeoutError' ? 'left' : (cause?.code ?? message);
};
/** Sends a request, and leaves after some time where it is told to. */
const post = async (kind: string, path: string, body: string, leaveAfter = 20_000): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(leaveAfter);
  try {
    const response = await fetch(url + path, { method: 'POST', headers, body, signal });
    count(kind, response.status);
    await response.text();
  } catch (error) {
    count(kind, reasonOf(error));
  }
};
/** Writes bytes and reads nothing. */
const deaf = async (kind: string, pieces: readonly string[], pause: number): Promise<void> => {
  const socket = connect(port, '127.0.0.1').pause();
  const closed = new Promise<void>(resolve => {
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    await sleep(pause);
  }
  await Promise.race([closed, sleep(20_000)]);
  socket.destroy();
  count(kind, 'done');
};
const head = (length: number) =>
  `POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
const many = (n: number) => Array.from({ length: n }, () => 'a');
const model = 'llama';

const text = (body: object) => JSON.stringify(body);
const bodies = {
  millions: text({ model, prompt: many(20_000), n: 128 }),
  choices: text({ model, prompt: many(16), n: 128, max_tokens: 200 }),
  words15: text({ model, prompt: 'word '.repeat(3_000_000) }),
  words7: text({ model, prompt: 'word '.repeat(1_500_000) }),
  word: text({ model, messages: [{ role: 'user', content: 'x'.repeat(4_000_000) }] }),
  ids: text({ model, prompt: Array.from({ length: 1_000_000 }, () => 5) }),
  stops: text({ model, prompt: 'a', stop: many(200_000) }),
  longStops: text({
    model,
    prompt: 'a',
    max_tokens: 250,
    stop: Array.from({ length: 64 }, (_, i) => 'y'.repeat(i + 1)),
  }),
  deep: `{"model":"${model}","prompt":"a","user":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
  messages: text({ model, messages: Array.from({ length: 500_000 }, () => ({})) }),
  names: text({ model, prompt: 'a', '\u001b[2J': 1 }),
  echo: text({ model, prompt: many(1000).map(a => a.repeat(200)), echo: true, logprobs: 20, max_tokens: 1 }),
  stream: text({ model, prompt: 'a', n: 128, logprobs: 20, max_tokens: 200, stream: true }),
};
const attacks: readonly (() => Promise<void>)[] = [
  () => post('millions', '/completions', bodies.millions),
  () => post('choices', '/completions', bodies.choices, random(3000)),
  () => post('long', '/completions', bodies.words15),
  () => post('long', '/completions', bodies.words7),
  () => post('long', '/chat/completions', bodies.word),
  () => post('ids', '/completions', bodies.ids),
  () => post('stops', '/completions', bodies.stops),
  () => post('stops', '/completions', bodies.longStops),
  () => post('deep', '/completions', bodies.deep),
  () => post('messages', '/chat/completions', bodies.messages),
  () => post('names', '/completions', bodies.names),
  () => post('echo', '/completions', bodies.echo, random(10_000)),
  () => post('stream', '/completions', bodies.stream, random(5000)),
  async () => count('path', (await fetch(`${url}/models/%E0%A4%A`)).status),
  () => deaf('trickle', [head(1000), ...many(100)], 200),
  () => deaf('idle', [], 0),
  () => deaf('noise', ['\u0000\u0001\u0002'.repeat(1000), '\r\n\r\n'], 10),
  () => deaf('unread', [head(bodies.stream.length) + bodies.stream], 10),
];

if (given) {
  const hostile = async () => {
    await sleep(random(5000));
    for (;;) {
      await attacks[random(attacks.length)]!().catch(() => count('attack', 'failed'));
      await sleep(random(500));
    }
  };
  for (let client = 0; client < clients; client++) void hostile();
  process.on('SIGTERM', () => {
    console.log(
      [...statuses]
        .sort()
        .map(([key, n]) => `${key}: ${n}`)
        .join('\n'),
    );
    process.exit();
  });
  await new Promise(() => undefined);
}

const waits: number[] = [];
const memory: number[] = [];
let [failures, busy] = [0, 0];
const reasons = new Set<string>();
const honest = async () => {
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: 'Hi' }],
    max_tokens: 8,
    temperature: 0,
  });
  let expected: string | undefined;
  while (!over) {
    const begin = performance.now();
    for (;;) {
      const response = await fetch(`${url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }).catch(error => {
        reasons.add(reasonOf(error));
        return undefined;
      });
      if (response?.status === 429) {
        busy += 1;
        await sleep(1000);
        continue;
      }
      const answer = response?.ok
        ? ((await response.json()) as { choices: { message: { content: string } }[] })
        : undefined;
      const text = answer?.choices[0]?.message.content;
      expected ??= text;
      if (text === undefined || text !== expected) {
        failures += 1;
        reasons.add(`${response?.status}, ${JSON.stringify(text)} in place of ${JSON.stringify(expected)}`);
      }
      break;
    }
    waits.push((performance.now() - begin) / 1000);
    await sleep(500);
  }
};

const attackers = start([process.argv[1]!, `url=${url}`, `clients=${clients}`]);
void honest();
const end = Date.now() + minutes * 60_000;
while (Date.now() < end) {
  await sleep(Math.min(10_000, minutes * 6000));
  memory.push(megabytes());
  console.log(
    `${((Date.now() - end) / 60_000 + minutes).toFixed(1)} min: ${memory.at(-1)!.toFixed(0)} MB; honest: ${waits.length} answers, ` +
      `longest wait ${Math.max(0, ...waits).toFixed(1)} s, ${failures} failed, ${busy} times told to come back`,
  );
}
over = true;
const stopped = performance.now();
server!.kill('SIGTERM');
await new Promise(resolve => server!.on('exit', resolve));
const stopSeconds = (performance.now() - stopped) / 1000;
attackers.kill('SIGTERM');
console.log(await firstLine(attackers));
// Bodies come and go, so samples of memory jump: a leak shows in their median.
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const half = memory.length >> 1;
const [early, late, peak] = [
  median(memory.slice(half >> 1, half)),
  median(memory.slice(half)),
  Math.max(...memory),
];
console.log(
  `memory: median ${early.toFixed(0)} MB in the second quarter, ${late.toFixed(0)} MB in the second half, at most ` +
    `${peak.toFixed(0)} MB; SIGTERM took ${stopSeconds.toFixed(1)} s`,
);
if (reasons.size > 0) console.log(`The honest client failed: ${[...reasons].join('; ')}`);
const wrong =
  failures > 0 ||
  waits.length === 0 ||
  Math.max(...waits) > LONGEST_WAIT ||
  late > MOST_GROWTH * early ||
  peak > MOST_MEMORY ||
  stopSeconds > 5;
console.log(wrong ? 'FAILED' : 'passed');
process.exit(wrong ? 1 : 0);
