import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const model = join(root, 'fixtures/models/llama');
const adapter = join(root, 'fixtures/adapters/llama-all-linear');
const { rows } = JSON.parse(readFileSync(join(root, 'fixtures/greedy/llama.json'), 'utf8')) as {
  rows: {
    messages: OpenAI.ChatCompletionMessageParam[];
    repetition_penalty: number;
    ids: number[];
    text: string;
    first_eos: number | null;
  }[];
};

const start = (args: string[]) => {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@charter/source',
      '--import',
      'tsx',
      join(root, 'packages/cli/src/main.ts'),
      'serve',
      ...args,
    ],
    { cwd: root },
  );
  const said = { stdout: '', stderr: '' };
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', chunk => {
      said.stdout += chunk;
      if (said.stdout.includes('\n')) resolve(said.stdout.trim());
    });
    child.stderr.on('data', chunk => {
      said.stderr += chunk;
    });
    child.on('close', () => reject(new Error(said.stderr)));
  });
  const ended = new Promise<number | null>(resolve => child.on('close', resolve));
  return { child, url, ended, said };
};

describe('charter serve, asked by the official client', () => {
  let served: ReturnType<typeof start>;
  let client: OpenAI;
  beforeAll(async () => {
    served = start(['--model', model, '--adapter', `tuned=${adapter}`, '--port', '0']);
    client = new OpenAI({ baseURL: await served.url, apiKey: 'none' });
  });
  afterAll(() => {
    (served?.child as ChildProcess | undefined)?.kill('SIGKILL');
  });

  it('prints its address and lists the model and its adapter', async () => {
    expect(served.said.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\n$/);
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['llama', 'tuned']);
  });

  it('answers concurrent chats with the greedy texts of transformers, the adapter with its own', async () => {
    const plain = rows.filter(row => row.repetition_penalty === 1 && row.first_eos === null);
    const ask = (name: string) =>
      Promise.all(
        plain.map(async ({ messages }) => {
          const { choices } = await client.chat.completions.create({
            model: name,
            messages,
            temperature: 0,
            max_tokens: 64,
          });
          expect(choices[0]!.finish_reason).toBe('length');
          return choices[0]!.message.content;
        }),
      );
    const [base, tuned] = await Promise.all([ask('llama'), ask('tuned')]);
    expect(base).toEqual(plain.map(({ text }) => text.replaceAll(/<\|\w+\|>/g, '')));
    expect(tuned).not.toEqual(base);
  });

  it('streams, and gives log-probabilities that sum to those of a whole answer', async () => {
    const body = { model: 'tuned', prompt: 'The kiwi', max_tokens: 8, logprobs: 2, temperature: 0 };
    const { choices } = await client.completions.create(body);
    let text = '';
    const logprobs: (number | null)[] = [];
    for await (const event of await client.completions.create({ ...body, stream: true })) {
      text += event.choices[0]!.text;
      logprobs.push(...(event.choices[0]!.logprobs?.token_logprobs ?? []));
    }
    expect(text).toBe(choices[0]!.text);
    expect(logprobs).toHaveLength(8);
    logprobs.forEach((logprob, i) => {
      expect(logprob).toBeCloseTo(choices[0]!.logprobs!.token_logprobs![i]!, 4);
    });
  });

  it('refuses a prompt beyond the model’s positions in the API’s form', async () => {
    const messages = [{ role: 'user' as const, content: 'long '.repeat(900) }];
    await expect(client.chat.completions.create({ model: 'llama', messages })).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    });
  });

  it('finishes what it writes when Ctrl-C comes, and ends', async () => {
    const stream = await client.completions.create({
      model: 'llama',
      prompt: 'The kiwi',
      max_tokens: 100,
      stream: true,
    });
    let pieces = 0;
    for await (const _ of stream) {
      pieces += 1;
      if (pieces === 1) served.child.kill('SIGINT');
    }
    expect(pieces).toBeGreaterThan(3);
    expect(await served.ended).toBe(130);
    expect(served.said.stderr).toContain('POST /v1/completions 200');
  });
});

it('two models of one name are refused with exit code 2', async () => {
  const { ended, said, url } = start(['--model', model, '--adapter', `llama=${adapter}`]);
  url.catch(() => undefined);
  expect(await ended).toBe(2);
  expect(said.stderr).toContain('"llama" names two models');
});

it('warns of an open address without a key, and ends within 5 s of SIGTERM whatever is being written', async () => {
  const { child, ended, said, url } = start(['--model', model, '--host', '0.0.0.0', '--port', '0']);
  try {
    const address = (await url).replace('0.0.0.0', '127.0.0.1');
    expect(said.stderr).toMatch(
      /^Warning: --host 0\.0\.0\.0 without a key lets anyone .* Set CHARTER_API_KEY in the environment/m,
    );
    const client = new OpenAI({ baseURL: address, apiKey: 'none', maxRetries: 0 });
    const body = { model: 'llama', prompt: 'The kiwi', n: 128, max_tokens: 200 };
    // More than can be written before the signal.
    const failed = Promise.all(Array.from({ length: 16 }, () => client.completions.create(body))).catch(
      error => error,
    );
    await client.completions.create({ ...body, n: 1, max_tokens: 1 });
    const begin = performance.now();
    child.kill('SIGTERM');
    await ended;
    expect(performance.now() - begin).toBeLessThan(5000);
    expect((await failed).message).toMatch(/stopping|Connection error/);
  } finally {
    child.kill('SIGKILL');
  }
});
