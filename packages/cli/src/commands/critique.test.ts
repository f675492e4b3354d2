import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CritiqueRow } from '@charter/critique';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseOptions } from '../command-line/command-line.js';
import { pullModel } from '../models/open-model.js';
import { recipeSchema } from '../recipe/recipe.js';
import { runStage } from '../recipe/run-stage.js';
import { critique as critiqueStage } from '../recipe/stages/critique.js';
import { critique } from './critique.js';
import { mergeRowsCommand } from './merge-rows.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const model = join(root, 'fixtures/models/llama');
const adapter = join(root, 'fixtures/adapters/llama-all-linear');

/** Short, since the tiny model that judges has room for 256 tokens. */
const constitution = `
name: tiny
principles:
  - { id: kind, critique: Is it kind?, revision: Be kind., comparison: Which is kinder? }
  - { id: honest, critique: Is it true?, revision: Be true., comparison: Which is truer? }
  - { id: brief, critique: Is it brief?, revision: Be brief., comparison: Which is briefer? }
`;

/** A server whose model criticises and revises sensibly, each revision another. */
const critic = async () => {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { messages, seed } = JSON.parse(Buffer.concat(chunks).toString());
    const last = messages.at(-1).content as string;
    const number = /case (\d)/.exec(JSON.stringify(messages))?.[1];
    asked.push(last);
    const content = /critique only/.test(last)
      ? `In case ${number} the neighbour gets hurt.`
      : /new answer only/.test(last)
        ? `I won't, because the neighbour of case ${number} gets hurt. Ask again about ${seed % 997} ${seed % 89}.`
        : `Go on, case ${number}.`;
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ choices, usage: { prompt_tokens: 20, completion_tokens: 10 } }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { url, asked, close: () => server.close() };
};

let server: Awaited<ReturnType<typeof critic>>;
let folder: string;
let prompts: string;
let constitutionFile: string;
beforeAll(async () => {
  server = await critic();
  folder = await mkdtemp(join(tmpdir(), 'charter-critique-'));
  constitutionFile = join(folder, 'constitution.yaml');
  prompts = join(folder, 'prompts.jsonl');
  await writeFile(constitutionFile, constitution);
  const rows = [0, 1, 2, 3].map(n => ({ prompt: `In case ${n}, how do I hurt my neighbour?` }));
  await writeFile(prompts, rows.map(row => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
});

const notes: string[] = [];
const context = () => {
  notes.length = 0;
  const terminal = {
    note: (text: string) => void notes.push(text),
    print: () => {},
    progress: () => ({ update: () => {}, stop: () => {} }),
  };
  return { signal: new AbortController().signal, terminal };
};
const rowsOf = (file: string): CritiqueRow[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line))
    : [];
let runs = 0;
const run = async (options: Record<string, unknown>) => {
  const out = join(folder, `${++runs}`, 'rows.jsonl');
  const given = { constitution: constitutionFile, prompts, out, 'few-shot': 0, ...options };
  await critique.run(parseOptions('critique', critique, given), context());
  return { out, rows: rowsOf(given.out), rejected: rowsOf(join(given.out, '../rejected.jsonl')) };
};

describe('charter critique', () => {
  it('makes four revisions in a chain, by a critic behind an endpoint, of a local model’s answers', async () => {
    const { rows } = await run({
      model,
      'critic-endpoint': server.url,
      critic: 'c',
      revisions: 4,
      'max-new-tokens': 8,
      summary: join(folder, 'summary.json'),
    });
    expect(rows).toHaveLength(4);
    for (const { steps, model: answering, critic: other, revision_response } of rows) {
      expect([answering, other]).toEqual(['llama', 'c']);
      expect(steps.filter(({ gate }) => gate === '')).toHaveLength(4);
      expect(revision_response).toBe(steps.at(-1)!.revision);
    }
    const { principles } = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'));
    expect(Object.keys(principles)).toEqual(['brief', 'honest', 'kind']);
    for (const { share, acceptance, change, spread } of Object.values<Record<string, number>>(principles)) {
      for (const figure of [share, acceptance, change, spread]) expect(figure).toBeGreaterThan(0);
    }
  });

  it('samples revisions and lets a local judge with an adapter choose', async () => {
    const { rows } = await run({
      endpoint: server.url,
      model: 'c',
      judge: model,
      'judge-adapter': adapter,
      samples: 3,
      mode: 'direct',
    });
    expect(rows).toHaveLength(4);
    for (const { judge, steps } of rows) {
      expect(judge).toBe(`llama+${adapter}`);
      expect(steps[0]!.candidates).toHaveLength(3);
      expect(steps[0]!.comparisons).toHaveLength(3);
      const best = steps[0]!.candidates!.toSorted((a, b) => b.log_odds - a.log_odds)[0]!;
      expect(steps[0]!.revision).toBe(best.revision);
    }
    expect(server.asked.some(text => /critique only/.test(text))).toBe(false);
  });

  it('asks by several principles at once, and stops harm by phrases', async () => {
    const { rows, rejected } = await run({
      endpoint: server.url,
      model: 'c',
      'principles-per-critique': 2,
      'harmful-phrases': ['neighbour of case 2'],
      retries: 0,
    });
    expect(rows.map(({ index }) => index).sort()).toEqual([0, 1, 3]);
    expect(rows[0]!.principle_id).toMatch(/^\w+\+\w+$/);
    expect(rejected[0]!.reasons).toEqual(['harm-kept: the revision contains "neighbour of case 2"']);
    expect(notes.join('\n')).toContain('Attempts rejected by each gate: harm-kept 1');
  });

  it('stops when its budget is spent, keeps what was made, and resumes with a larger one', async () => {
    const out = join(folder, 'budget/rows.jsonl');
    const options = { endpoint: server.url, model: 'c', out, concurrency: 1, 'max-new-tokens': 10 };
    await expect(run({ ...options, 'budget-tokens': 450 })).rejects.toThrow(
      /^The budget is spent \(\d+ of 450 tokens; .*The rows made until then are kept in .*rows\.jsonl/,
    );
    const kept = rowsOf(out).length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(4);
    const before = server.asked.length;
    await run({ ...options, 'budget-tokens': 10_000 });
    expect(rowsOf(out)).toHaveLength(4);
    expect(server.asked.length - before).toBe((4 - kept) * 3);
    expect(notes.at(-1)).toMatch(/^Spent: \d+ prompt tokens, \d+ completion tokens\.$/);
  });

  it('works on shards, which merge to all rows', async () => {
    const options = { endpoint: server.url, model: 'c' };
    const [one, two] = [await run({ ...options, shard: '1/2' }), await run({ ...options, shard: '2/2' })];
    expect(one.rows.map(({ index }) => index).sort()).toEqual([0, 2]);
    const out = join(folder, 'merged.jsonl');
    const merge = parseOptions('merge-rows', mergeRowsCommand, { rows: [one.out, two.out], out });
    await mergeRowsCommand.run(merge, context());
    expect(
      rowsOf(out)
        .map(({ index }) => index)
        .sort(),
    ).toEqual([0, 1, 2, 3]);
    await expect(run({ ...options, shard: '3/2' })).rejects.toThrow(/--shard "3\/2": the number is larger/);
  });

  it('names the flag that does not fit', async () => {
    await expect(run({ model, timeout: 3 })).rejects.toThrow('--timeout works with --endpoint only.');
    await expect(run({ endpoint: server.url })).rejects.toThrow('--endpoint needs --model');
    await expect(run({ endpoint: server.url, model: 'c', 'budget-cost': 1 })).rejects.toThrow(
      /--prices prompt=/,
    );
  });
});

it('a recipe names its critic, judge, samples and gates for the same', async () => {
  const recipe = recipeSchema.parse({
    name: 'tiny',
    model,
    constitution: constitutionFile,
    critic: { model: 'c', endpoint: server.url },
    judge: { adapter },
    budget: { tokens: 100_000 },
    critique: {
      from: 'prompts',
      prompts: { data: prompts },
      few_shot: 0,
      samples: 2,
      judge_revisions: true,
      gates: { 'harm-kept': false },
      sampling: { answer: { max_new_tokens: 8 } },
    },
    label: { from: 'revisions' },
    evaluate: {},
  });
  const runtime = await createOnnxRuntime();
  const run = {
    ...context(),
    recipe,
    model: await pullModel(model, context()),
    runtime,
    out: join(folder, 'run'),
  };
  const work = await critiqueStage.prepare({ ...run, outcomes: {}, folders: {} });
  const { result } = await runStage(run, { id: 'critique', ...work! }).finally(() => runtime.dispose());
  const [row] = rowsOf(result.file);
  expect(row).toMatchObject({ model: 'llama', critic: 'c', judge: `llama+${adapter}` });
  expect(row!.steps[0]!.preferred).toBeGreaterThan(0);
  expect(result.summary!.selection!.comparisons).toBe(4);
});
