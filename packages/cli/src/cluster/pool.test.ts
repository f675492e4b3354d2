import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, startRedis, type TestRedis } from '../../../queue/src/redis-server.fixture.js';
import type { Command } from '../command-line/command.js';
import { parseOptions } from '../command-line/command-line.js';
import { silentTerminal } from '../command-line/terminal.js';
import { critique } from '../commands/critique.js';
import { generate } from '../commands/generate.js';
import { work } from '../commands/work.js';
import { tinyConstitution } from '../recipe/tiny-recipe.fixture.js';

const model = 'fixtures/models/llama';

const run = async (
  name: string,
  command: Command,
  options: object,
  signal = new AbortController().signal,
) => {
  const notes: string[] = [];
  const terminal = { ...silentTerminal, note: (text: string) => void notes.push(text) };
  await command.run(parseOptions(name, command, { ...options }), { signal, terminal });
  return notes;
};

describe.skipIf(!hasRedis)('charter work (Redis)', () => {
  let redis: TestRedis;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'charter-work-'));
    redis = await startRedis();
  });
  afterAll(async () => {
    redis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives those that ask the rows that they would make themselves', async () => {
    const stop = new AbortController();
    const worker = run('work', work, { redis: redis.url, model, threads: 1 }, stop.signal);
    const file = (name: string) => join(folder, name);

    const answers = { model, data: 'fixtures/inputs/prompts.jsonl', 'max-new-tokens': 8, seed: 3 };
    await run('generate', generate, { ...answers, out: file('own.jsonl') });
    const notes = await run('generate', generate, { ...answers, redis: redis.url, out: file('pool.jsonl') });
    expect(await readFile(file('pool.jsonl'), 'utf8')).toBe(await readFile(file('own.jsonl'), 'utf8'));
    expect(notes.join('\n')).toMatch(/Answers by worker: \S+-\d+ \d+/);

    await writeFile(file('tiny.yaml'), tinyConstitution);
    const rows = {
      ...{ model, constitution: file('tiny.yaml'), prompts: 'harmful', limit: 3, mode: 'direct', retries: 0 },
      ...{ 'few-shot': 0, 'max-new-tokens': 8, concurrency: 1 },
    };
    const made = async (options: object, name: string) => {
      await run('critique', critique, { ...rows, ...options, out: file(name), rejected: file(`no-${name}`) });
      const texts = await Promise.all(
        [name, `no-${name}`].map(part => readFile(file(part), 'utf8').catch(() => '')),
      );
      return texts.join('');
    };
    const own = await made({}, 'rows.jsonl');
    expect(own.trim().split('\n')).toHaveLength(3);
    expect(await made({ redis: redis.url }, 'pool-rows.jsonl')).toBe(own);
    stop.abort();
    await worker;
  });

  it('refuses what belongs to the workers, and a pool without a name', async () => {
    const asked = { redis: redis.url, data: 'fixtures/inputs/prompts.jsonl', out: join(folder, 'x.jsonl') };
    await expect(run('generate', generate, { ...asked, model, quantize: '4bit' })).rejects.toThrow(
      '--quantize belongs to `charter work`',
    );
    await expect(run('generate', generate, asked)).rejects.toThrow('--redis needs --model');
  });
});
