import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, readRows } from '@charter/datasets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeHub, repo, startFakeHub } from '../../../checkpoint/src/pull/testing/fake-hub.js';
import type { CommandContext } from '../command-line/command.js';
import { rowsOf } from './data-options.js';
import { hashData } from './local-data.js';
import type { RowSource } from './row-source.js';
import { sourceFingerprint, sourceFingerprints, sourceRows } from './source-rows.js';

const dataset = `datasets/${repo}`;
let hub: FakeHub;
let home: string;
let said: string[];
let context: CommandContext;

/** A command of its own: what was fetched by one is asked for again by the next. */
const nextCommand = (): CommandContext => {
  said = [];
  return {
    signal: new AbortController().signal,
    terminal: {
      note: text => said.push(text),
      print: text => said.push(text),
      progress: label => ({ update: (_, fields) => said.push(`${label} ${fields}`), stop: () => {} }),
    },
  };
};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'charter-sources-'));
  hub = await startFakeHub('dataset');
  for (const name of [
    'data/train_sft-00000-of-00002.jsonl',
    'data/train_sft-00001-of-00002.jsonl',
    'data/train_sft_small.jsonl',
    'data/test-00000-of-00001-0123456789abcdef.jsonl',
    'deep/er/train.jsonl',
    'state.json',
    '.cache/train_sft.jsonl',
  ]) {
    const lines = [1, 2].map(n => `{"prompt":"${name} ${n}"}\n`);
    hub.files.set(name, Buffer.from(lines.join('')));
  }
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('HF_HUB_OFFLINE', '');
  vi.stubEnv('CHARTER_CACHE', join(home, 'cache'));
  context = nextCommand();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(home, { recursive: true });
});

const promptsOf = async (source: RowSource) =>
  (await sourceRows('prompt', source, context)).map(({ prompt }) => prompt);
const optionsFor = (data: string[], split?: string) => ({
  data,
  split,
  limit: undefined,
  'role-map': [],
  columns: [],
  'skip-bad-rows': false,
});

describe('a source on a hub', () => {
  it('gives its rows, skipped and limited as those of a file, and shows what it fetches', async () => {
    const source = { data: dataset, split: 'train_sft', skip: 1, limit: 2 };
    expect(await promptsOf(source)).toEqual([
      'data/train_sft-00000-of-00002.jsonl 2',
      'data/train_sft-00001-of-00002.jsonl 1',
    ]);
    expect(said).toContain('download MB · data/train_sft-00001-of-00002.jsonl');
    expect(said.join()).not.toContain('small');
    expect(await promptsOf({ data: `${dataset}/deep/er` })).toEqual([
      'deep/er/train.jsonl 1',
      'deep/er/train.jsonl 2',
    ]);
  });

  it.each(['train_sft', 'train_sft_small', 'test', 'train'])(
    'has the same rows in split %s as the whole folder on this machine',
    async split => {
      const folder = join(home, 'copy');
      for (const [name, bytes] of hub.files) {
        await mkdir(join(folder, name, '..'), { recursive: true });
        await writeFile(join(folder, name), bytes);
      }
      const local = await collect(readRows(folder, { as: 'prompt', split }));
      expect(local.length).toBeGreaterThan(0);
      expect(await promptsOf({ data: dataset, split })).toEqual(local.map(({ prompt }) => prompt));
    },
  );

  it('is known by its commit, wherever the cache is', async () => {
    const source = { data: `${dataset}/deep`, limit: 5 };
    const first = await sourceFingerprint(source, context);
    expect(first).toEqual({ ...source, fetched: `datasets/org--tiny/${hub.commit}/deep` });
    vi.stubEnv('CHARTER_CACHE', join(home, 'elsewhere'));
    expect(await sourceFingerprint(source, nextCommand())).toEqual(first);
    hub.commit = 'b'.repeat(40);
    expect(await sourceFingerprint(source, nextCommand())).not.toEqual(first);
  });

  it('is of one commit for a whole command, though its branch moves', async () => {
    const source = { data: dataset, split: 'test' };
    const [before, none] = await sourceFingerprints([source, undefined], context);
    expect(none).toBeUndefined();
    hub.commit = 'b'.repeat(40);
    hub.files.set('data/test.jsonl', Buffer.from('{"prompt":"new"}\n'));
    expect(await promptsOf(source)).not.toContain('new');
    expect(await sourceFingerprint(source, context)).toEqual(before);
    context = nextCommand();
    expect(await promptsOf(source)).toContain('new');
  });

  it('that is not to be had is named, with how to do without', async () => {
    const error = await promptsOf({ data: 'datasets/org/other', split: 'train' }).catch(error => error);
    expect(error.name).toBe('CliError');
    expect(error.message.replaceAll(hub.endpoint, 'HUB')).toBe(
      [
        'datasets/org/other: could not be fetched.',
        '- HUB/datasets/org/other at main: there is no such dataset, revision or file (404)',
        'Use a local copy of its files instead, or set HF_ENDPOINT to a hub that can be reached.',
        'No file or folder here has that name either. Files can be given in its place; `charter run` takes them by ' +
          "--prompts, --helpful, --pairs and --eval-pairs instead of the recipe's.",
      ].join('\n'),
    );
    await expect(promptsOf({ data: dataset, split: 'train_prefs' })).rejects.toThrow(
      'datasets/org/tiny: has no split train_prefs on the hub.\nIt has: train_sft, train_sft_small, test, train.',
    );
  });

  it('is not fetched any further when the command is stopped', async () => {
    const controller = new AbortController();
    context = { ...context, signal: controller.signal };
    controller.abort(new Error('stopped'));
    await expect(promptsOf({ data: dataset, split: 'test' })).rejects.toThrow('stopped');
    expect(hub.requests).toEqual([]);
  });
});

describe('a source on this machine', () => {
  it('is never asked of a hub: files, folders and patterns below a folder named datasets', async () => {
    const before = process.cwd();
    const folder = join(home, 'datasets/org/tiny');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'mine.jsonl'), '{"prompt":"mine"}\n');
    await writeFile(join(home, 'datasets/own.jsonl'), '{"prompt":"own"}\n');
    process.chdir(home);
    try {
      expect(await promptsOf({ data: dataset })).toEqual(['mine']);
      expect(await promptsOf({ data: `${dataset}/*.jsonl` })).toEqual(['mine']);
      expect(await promptsOf({ data: 'datasets/own.jsonl' })).toEqual(['own']);
      await expect(promptsOf({ data: 'datasets/none.jsonl' })).rejects.toThrow('no such file or folder');
    } finally {
      process.chdir(before);
    }
    expect(hub.requests).toEqual([]);
  });

  it('is known by its contents', async () => {
    const data = join(home, 'rows.jsonl');
    await writeFile(data, '{"prompt":"one"}\n');
    const first = await sourceFingerprint({ data }, context);
    expect(first).toEqual({ data, sha256: [expect.stringMatching(/^[0-9a-f]{64}$/)] });
    await writeFile(data, '{"prompt":"two"}\n');
    expect(await sourceFingerprint({ data }, context)).not.toEqual(first);
  });
});

describe('--data', () => {
  it('takes datasets of a hub beside files, and the record of a run names their commit', async () => {
    const file = join(home, 'rows.jsonl');
    await writeFile(file, '{"prompt":"mine"}\n');
    const options = optionsFor([`${dataset}/data`, file], 'test');
    const prompts = (await collect(rowsOf(options, context, 'prompt'))).map(({ prompt }) => prompt);
    const test = 'data/test-00000-of-00001-0123456789abcdef.jsonl';
    expect(prompts).toEqual([`${test} 1`, `${test} 2`, 'mine']);
    expect(await hashData(options.data, options.split, context)).toEqual({
      [`${dataset}/data`]: `datasets/org--tiny/${hub.commit}/data`,
      [file]: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});
