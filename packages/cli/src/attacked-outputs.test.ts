import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { charter, root, tinyConstitution, tinyRecipe } from './recipe/tiny-recipe.fixture.js';

const model = join(root, 'fixtures/models/llama');
let folder: string;
let rows: string;
let pairs: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'charter-outputs-'));
  rows = join(folder, 'rows.jsonl');
  pairs = join(folder, 'pairs.jsonl');
  await writeFile(rows, '{"prompt":"What is rain?","completion":" Water."}\n');
  await writeFile(pairs, '{"prompt":"What is rain?","a":"Water.","b":"Snow."}\n');
  await writeFile(join(folder, 'constitution.yaml'), tinyConstitution);
  await writeFile(join(folder, 'recipe.yaml'), tinyRecipe(folder));
});

/** Commands that write, by the output that each is given. */
const writing = (): Record<string, (out: string) => string[]> => {
  const constitution = ['--constitution', join(folder, 'constitution.yaml')];
  const preferences = join(root, 'fixtures/inputs/pairs.jsonl');
  return {
    critique: out => ['critique', '--model', model, ...constitution, '--prompts', rows, '--out', out],
    label: out => ['label', '--model', model, ...constitution, '--pairs', pairs, '--out', out],
    generate: out => ['generate', '--model', model, '--data', rows, '--max-new-tokens', '2', '--out', out],
    evaluate: out => ['evaluate', '--model', model, '--texts', rows, '--out', out],
    sft: out => ['sft', '--model', model, '--data', rows, '--steps', '1', '--out', out],
    dpo: out => ['dpo', '--model', model, '--data', preferences, '--steps', '1', '--out', out],
    run: out => ['run', join(folder, 'recipe.yaml'), '--out', out],
  };
};
const folders = ['sft', 'dpo', 'run'];
const names = ['critique', 'label', 'generate', 'evaluate', ...folders];

describe('a second process in one output', () => {
  it.each(names)('is refused by charter %s, which names the first one', async name => {
    const out = join(folder, 'out');
    const lock = folders.includes(name) ? join(out, '.lock') : `${out}.lock`;
    if (folders.includes(name)) execFileSync('mkdir', [out]);
    // This process lives, so it holds the lock.
    const since = '2026-01-02T03:04:05.000Z';
    writeFileSync(lock, JSON.stringify({ id: 'first', pid: process.pid, host: hostname(), since }));
    const { status, stderr } = await charter(writing()[name]!(out));
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `${lock}: process ${process.pid} on ${hostname()} has been writing here since ${since}. Wait until it ends, or choose another output.`,
    );
    expect(status).toBe(2);
    expect(existsSync(lock)).toBe(true);
  });

  it('that begins while the first one is running leaves it alone, and each row comes once', async () => {
    const out = join(folder, 'rows.out.jsonl');
    const args = [...writing().critique!(out).slice(0, -2), '--max-new-tokens', '24', '--out', out];
    let second: ReturnType<typeof charter> | undefined;
    const first = await charter(args, () => {
      if (existsSync(`${out}.lock`)) second ??= charter(args);
      return false;
    });
    expect(first.status, first.stderr).toBe(0);
    if (second) expect([0, 2]).toContain((await second).status);
    expect(existsSync(`${out}.lock`)).toBe(false);
    const all = ['rows.out.jsonl', 'rejected.jsonl'].flatMap(file =>
      existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim().split('\n') : [],
    );
    expect(all.filter(Boolean)).toHaveLength(1);
  });
});

describe('an output that cannot be written', () => {
  it.each(names)('ends charter %s with one line that names it, and exit code 2', async name => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    // A file where a folder is needed.
    const { status, stderr } = await charter(writing()[name]!(join(file, 'out')));
    const last = stderr.trim().split('\n').at(-1)!;
    expect(last).toContain(file);
    expect(last).toMatch(
      /: (there is a file of this name; a folder is needed|a part of this path is a file, not a folder) \(/,
    );
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(2);
  });

  it.skipIf(!existsSync('/dev/full'))('because the disk is full is named as such', async () => {
    const { status, stderr } = await charter([
      'tokenize',
      '--model',
      model,
      '--data',
      rows,
      '--out',
      '/dev/full',
    ]);
    expect(stderr).toBe('/dev/full: the disk is full (write, ENOSPC).\n');
    expect(status).toBe(2);
  });
});

describe('a damaged record of a stage', () => {
  it('is named, the stage counts as not done, and the adapters end the same', async () => {
    const out = join(folder, 'out');
    const first = await charter(writing().run!(out));
    expect(first.status, first.stderr).toBe(0);
    const adapters = () =>
      ['sft', 'dpo'].map(stage => readFileSync(join(out, stage, 'adapter_model.safetensors'), 'hex'));
    const before = adapters();
    writeFileSync(join(out, 'critique/stage.json'), '');
    const sft = join(out, 'sft/stage.json');
    // Still JSON, but not what was written.
    writeFileSync(sft, readFileSync(sft, 'utf8').replace('"global_step": 6', '"global_step": "six"'));
    writeFileSync(join(out, 'dpo/started.json'), '{"fingerprint":');
    const { status, stderr } = await charter(writing().run!(out));
    expect(status, stderr).toBe(0);
    for (const file of ['critique/stage.json', 'sft/stage.json', 'dpo/started.json']) {
      expect(stderr).toContain(
        `${join(out, file)} is damaged, so the stage counts as not done and is run again.`,
      );
    }
    expect(adapters()).toEqual(before);
    expect(readdirSync(out).filter(name => name.includes('.1') || name === '.lock')).toEqual([]);
  });
});
