import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseOptions } from '../command-line/command-line.js';
import { generate } from './generate.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const model = join(root, 'fixtures/models/llama');

let folder: string;
let data: string;
const notes: string[] = [];
const bodies: Record<string, unknown>[] = [];
/** A server that refuses long prompts, in vLLM's words, and fails at one that says so. */
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = JSON.parse(Buffer.concat(chunks).toString());
  bodies.push(body);
  const { content } = body.messages.at(-1);
  const answer = (status: number, json: object) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(json));
  };
  if (content.length > 1000) {
    return answer(400, { object: 'error', message: "This model's maximum context length is 256 tokens." });
  }
  if (content === 'locked') return answer(401, { error: { message: 'no key' } });
  const choices = [
    {
      index: 0,
      message: { role: 'assistant', content: `<think>x</think>To ${content}` },
      finish_reason: 'stop',
    },
  ];
  return answer(200, { choices, usage: { prompt_tokens: 2, completion_tokens: 3 } });
});
let endpoint: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generate-'));
  data = await prompts('prompts.jsonl', ['Hi', 'word '.repeat(400), 'Ho']);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.close();
});

const prompts = async (name: string, texts: readonly string[]): Promise<string> => {
  const file = join(folder, name);
  const rows = texts.map(content => JSON.stringify({ prompt: [{ role: 'user', content }] }));
  await writeFile(file, rows.join('\n'));
  return file;
};
let runs = 0;
const run = async (options: Record<string, unknown>) => {
  notes.length = 0;
  const out = join(folder, `${++runs}.jsonl`);
  const terminal = {
    note: (text: string) => void notes.push(text),
    print: () => {},
    progress: () => ({ update: () => {}, stop: () => {} }),
  };
  const given = { data, out, 'max-new-tokens': 4, ...options };
  const written = () =>
    readFileSync(out, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line));
  const done = generate.run(parseOptions('generate', generate, given), {
    signal: new AbortController().signal,
    terminal,
  });
  return { done, written };
};

it('names the row that is too long, and keeps what came before it', async () => {
  const { done, written } = await run({ model, temperature: 0 });
  await expect(done).rejects.toThrow(
    /prompts\.jsonl:2: generate: \d+ tokens are more than the 256 positions of llama\. Shorten the prompt\. To go on without it: --skip-bad-rows\.$/,
  );
  expect(written().length).toBeLessThanOrEqual(1);
});

it('with --skip-bad-rows writes the others, and says which row was skipped and why', async () => {
  const { done, written } = await run({ model, temperature: 0, 'skip-bad-rows': true });
  await done;
  expect(written()).toHaveLength(2);
  expect(notes[0]).toMatch(/^Skipped: .*prompts\.jsonl:2: generate: \d+ tokens/);
  expect(notes.at(-1)).toMatch(/^1 rows skipped; 2 texts, 8 tokens/);
});

it('at an endpoint skips what the server refuses, keeps thinking apart, and sends nothing that was not given', async () => {
  bodies.length = 0;
  const { done, written } = await run({ endpoint, model: 'm', 'skip-bad-rows': true, 'max-retries': 0 });
  await done;
  expect(written()).toEqual([
    { text: 'To Hi', finish_reason: 'stop', reasoning: 'x' },
    { text: 'To Ho', finish_reason: 'stop', reasoning: 'x' },
  ]);
  expect(notes[0]).toMatch(/prompts\.jsonl:2: .*maximum context length is 256 tokens/);
  for (const body of bodies) expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model']);
});

it('ends at what is no fault of a row', async () => {
  const { done } = await run({
    endpoint,
    model: 'm',
    data: await prompts('locked.jsonl', ['Hi', 'locked']),
    'skip-bad-rows': true,
    'max-retries': 0,
  });
  await expect(done).rejects.toThrow(/401 no key\. Check/);
});
