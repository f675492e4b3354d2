import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GenerateError, type LanguageModel } from '@charter/generate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerRequests } from './answer-requests.js';
import { queueModel } from './queue-model.js';
import { hasRedis, startRedis, type TestRedis } from './redis-server.fixture.js';

const program = fileURLToPath(new URL('./pool-processes.fixture.ts', import.meta.url));

describe.skipIf(!hasRedis)('a pool (Redis)', () => {
  let redis: TestRedis;
  let folder: string;
  const processes = new Set<ChildProcess>();
  const start = (...args: string[]): ChildProcess => {
    const node = ['--conditions=@charter/source', '--import', 'tsx', program];
    const child = spawn(process.execPath, [...node, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    processes.add(child);
    return child;
  };
  const killed = (child: ChildProcess) =>
    new Promise(resolve => {
      child.once('close', resolve);
      child.kill('SIGKILL');
    });
  beforeAll(async () => {
    redis = await startRedis();
    folder = await mkdtemp(join(tmpdir(), 'charter-pool-'));
  });
  afterAll(async () => {
    for (const child of processes) child.kill('SIGKILL');
    redis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has every row once after kills of a worker, of Redis and of the feeder', async () => {
    const out = join(folder, 'rows.jsonl');
    const count = 1500;
    const rows = async () => (await readFile(out, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    const until = async (lines: number) => {
      while ((await rows()).length < lines) await sleep(20);
    };
    const first = start('work', redis.url);
    start('work', redis.url);
    let feeder = start('feed', redis.url, out, `${count}`);
    await until(200);
    await killed(first);
    start('work', redis.url);
    await until(500);
    await redis.restart();
    await until(800);
    await killed(feeder);
    feeder = start('feed', redis.url, out, `${count}`);
    expect(await new Promise(resolve => feeder.once('close', resolve))).toBe(0);
    const found = (await rows()).map(line => JSON.parse(line));
    expect(found).toHaveLength(count);
    expect(new Set(found.map(({ key }) => key)).size).toBe(count);
    expect(found.every(({ key, text }) => text === key.toUpperCase())).toBe(true);
  });

  const serve = async (
    pool: string,
    model: Partial<LanguageModel>,
    work: (asked: Awaited<ReturnType<typeof queueModel>>) => Promise<void>,
  ) => {
    const stop = new AbortController();
    const worker = answerRequests({
      redis: redis.url,
      pool,
      signal: stop.signal,
      model: { name: `model of ${pool}`, concurrency: 2, ...model } as LanguageModel,
    });
    const asked = await queueModel({ redis: redis.url, pool });
    await work(asked).finally(() => asked.dispose());
    stop.abort();
    await worker;
  };
  const completion = (text: string) =>
    ({ text, finish_reason: 'stop', usage: { prompt_tokens: 2, completion_tokens: 3 } }) as const;

  it('answers as the model of its workers, and can do what that can', async () => {
    const model: Partial<LanguageModel> = {
      generate: async () => completion('yes'),
      score: async ({ continuations }) => continuations.map(text => -text.length),
    };
    await serve('scores', model, async asked => {
      expect(asked.name).toBe('model of scores');
      expect(asked.embed).toBeUndefined();
      expect(await asked.generate({ prompt: 'Is it?' })).toEqual(completion('yes'));
      expect(await asked.score!({ prompt: 'Is it?', continuations: ['a', 'bc'] })).toEqual([-1, -2]);
      expect([...asked.answersByWorker().values()]).toEqual([2]);
    });
  });

  it('asks once for what is asked twice with a seed, and draws anew without one', async () => {
    let answers = 0;
    const model: Partial<LanguageModel> = { generate: async () => completion(`${++answers}`) };
    await serve('repeats', model, async asked => {
      const texts = async (request: object) => (await asked.generate({ prompt: 'p', ...request })).text;
      expect(await texts({ seed: 1 })).toBe(await texts({ seed: 1 }));
      expect(new Set([await texts({}), await texts({}), await texts({ seed: 2 })]).size).toBe(3);
    });
  });

  it('passes on why a model refuses a prompt', async () => {
    const refusal = new GenerateError('The prompt is too long.', { field: 'prompt' });
    const model: Partial<LanguageModel> = { generate: () => Promise.reject(refusal) };
    await serve('refusals', model, async asked => {
      const error = await asked.generate({ prompt: 'p' }).catch(problem => problem);
      expect(error).toBeInstanceOf(GenerateError);
      expect(error).toMatchObject({ message: 'The prompt is too long.', field: 'prompt' });
    });
  });

  it('refuses a worker with another model', async () => {
    const model = { concurrency: 1, generate: async () => completion('') };
    const stop = new AbortController();
    const work = (name: string) =>
      answerRequests({ redis: redis.url, pool: 'one', signal: stop.signal, model: { ...model, name } });
    const first = work('a');
    await queueModel({ redis: redis.url, pool: 'one' }).then(asked => asked.dispose());
    await expect(work('b')).rejects.toThrow(/have the model a \(generate\), and this one has b \(generate\)/);
    stop.abort();
    await first;
  });
});

it('names a Redis that is not there, and how to start one, without its password', async () => {
  await expect(queueModel({ redis: 'redis://:secret@127.0.0.1:1', pool: 'p' })).rejects.toThrow(
    'Redis at 127.0.0.1:1 cannot be reached (ECONNREFUSED). Start one: apt-get install redis-server, and then redis-server --appendonly yes.',
  );
  await expect(queueModel({ redis: 'localhost', pool: 'p' })).rejects.toThrow('begins with redis://');
});
