import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pull } from './pull.js';
import { type PullDatasetOptions, pullDataset } from './pull-dataset.js';
import type { PullProgress } from './pull-options.js';
import { type FakeHub, repo, startFakeHub } from './testing/fake-hub.js';

let hub: FakeHub;
let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'charter-dataset-'));
  hub = await startFakeHub('dataset');
  has('README.md', 'dataset_infos.json', '.hidden/rows.json', 'data.py');
  has('data/train_sft-00000-of-00002.parquet', 'data/train_sft-00001-of-00002.parquet');
  has('data/train_sft_small-00000-of-00001.parquet', 'data/test_sft-00000-of-00001.parquet');
  has('plain/train.jsonl.gz', 'plain/test.jsonl.gz', 'plain/deep/train.csv', 'plainer/train.json');
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(cache, { recursive: true });
});

const has = (...names: string[]) => {
  for (const name of names) hub.files.set(name, Buffer.from(`contents of ${name}`));
};
const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .flatMap(entry => (entry.isFile() ? [join(entry.parentPath, entry.name).slice(folder.length + 1)] : []))
    .sort();
const refusal = async (name: string, options: PullDatasetOptions = {}) => {
  const error = await pullDataset(name, { cache, ...options }).catch((error: Error) => error);
  expect(error).toMatchObject({ name: 'PullError' });
  return (error as Error).message.replaceAll(hub.endpoint, 'HUB');
};

test('the data files of a dataset come as they are, and nothing else', async () => {
  const progress: PullProgress[] = [];
  const folder = await pullDataset(repo, { cache, onProgress: step => progress.push(step) });
  expect(folder).toBe(join(cache, 'datasets', 'org--tiny', hub.commit));
  expect(await filesIn(folder)).toEqual([
    'data/test_sft-00000-of-00001.parquet',
    'data/train_sft-00000-of-00002.parquet',
    'data/train_sft-00001-of-00002.parquet',
    'data/train_sft_small-00000-of-00001.parquet',
    'plain/deep/train.csv',
    'plain/test.jsonl.gz',
    'plain/train.jsonl.gz',
    'plainer/train.json',
  ]);
  for (const file of await filesIn(folder)) {
    expect(await readFile(join(folder, file), 'utf8')).toBe(`contents of ${file}`);
  }
  const size = hub.files.get('plain/train.jsonl.gz')!.length;
  const last = { step: 'download', what: 'plain/train.jsonl.gz', done: size, total: size };
  expect(progress).toContainEqual(last);
});

test('a folder of it comes alone', async () => {
  const folder = await pullDataset(`${repo}/plain`, { cache });
  expect(folder).toBe(join(cache, 'datasets', 'org--tiny', hub.commit, 'plain'));
  expect(await filesIn(folder)).toEqual(['deep/train.csv', 'test.jsonl.gz', 'train.jsonl.gz']);
  expect(await readdir(join(folder, '..'))).toEqual(['plain']);
  expect(await filesIn(await pullDataset(`${repo}/plain/deep`, { cache }))).toEqual(['train.csv']);
});

test('a split is every shard of it, and no other split that begins alike', async () => {
  expect(await filesIn(await pullDataset(`${repo}/data`, { cache, split: 'train_sft' }))).toEqual([
    'train_sft-00000-of-00002.parquet',
    'train_sft-00001-of-00002.parquet',
  ]);
  expect(await filesIn(await pullDataset(`${repo}/plain`, { cache, split: 'test' }))).toEqual([
    'test.jsonl.gz',
  ]);
});

test('each choice of files is remembered by itself, and needs no hub then', async () => {
  await pullDataset(`${repo}/data`, { cache, split: 'train_sft' });
  expect(await refusal(`${repo}/data`, { offline: true })).toBe(
    [
      'datasets/org/tiny: is not in the cache, and fetching is switched off (offline, HF_HUB_OFFLINE).',
      'Use a local copy of its files instead, or set HF_ENDPOINT to a hub that can be reached.',
    ].join('\n'),
  );
  const folder = await pullDataset(`${repo}/data`, { cache });
  expect(await filesIn(folder)).toHaveLength(4);
  hub.requests.length = 0;
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  expect(await pullDataset(`${repo}/data`, { cache })).toBe(folder);
  expect(await pullDataset(`${repo}/data`, { cache, split: 'train_sft' })).toBe(folder);
  expect(hub.requests).toEqual([]);
});

test('another commit is another folder, and a commit can be asked for', async () => {
  const revision = hub.commit;
  const folder = await pullDataset(`${repo}/plainer`, { cache, revision });
  expect(folder).toContain(revision);
  hub.commit = 'b'.repeat(40);
  expect(await pullDataset(`${repo}/plainer`, { cache })).toContain(hub.commit);
  hub.requests.length = 0;
  expect(await pullDataset(`${repo}/plainer`, { cache, revision })).toBe(folder);
  expect(hub.requests).toEqual([]);
});

test('a connection that breaks off is taken up where it broke', async () => {
  const file = 'data/test_sft-00000-of-00001.parquet';
  const bytes = Buffer.alloc(1_000_000, 'rows');
  hub.files.set(file, bytes);
  hub.faults.set(file, { cutAfter: 100_000, cuts: 1 });
  const folder = await pullDataset(`${repo}/data`, { cache, split: 'test_sft' });
  expect((await readFile(join(folder, '..', file))).equals(bytes)).toBe(true);
  const ranges = hub.requests.filter(({ host }) => host === 'cdn').map(({ range }) => range);
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
});

test('one that stops is stopped', async () => {
  await expect(pullDataset(repo, { cache, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
    'stopped',
  );
  expect(hub.requests).toEqual([]);
});

test('what is not there is said, with what is', async () => {
  expect(await refusal(`${repo}/data`, { split: 'train' })).toBe(
    'datasets/org/tiny/data: has no split train on the hub.\nIt has: train_sft, train_sft_small, test_sft.',
  );
  const none = (files: string) =>
    `has no data files (.parquet, .jsonl, .json, .csv, .tsv, each also .gz) on the hub.\nIt has: ${files}.`;
  hub.files.clear();
  has('plain/train.jsonl.gz', 'README.md');
  expect(await refusal(`${repo}/pla`)).toBe(`datasets/org/tiny/pla: ${none('plain/train.jsonl.gz')}`);
  hub.files.clear();
  has('README.md', 'dataset_infos.json', ...Array.from({ length: 20 }, (_, i) => `${i}.arrow`));
  const first = ['README.md', 'dataset_infos.json', ...Array.from({ length: 10 }, (_, i) => `${i}.arrow`)];
  expect(await refusal(repo)).toBe(`datasets/org/tiny: ${none(`${first.join(', ')} and 10 more`)}`);
});

test('a dataset that the hub does not have is no model of that name', async () => {
  expect(await refusal('org/other')).toBe(
    [
      'datasets/org/other: could not be fetched.',
      '- HUB/datasets/org/other at main: there is no such dataset, revision or file (404)',
      'Use a local copy of its files instead, or set HF_ENDPOINT to a hub that can be reached.',
    ].join('\n'),
  );
  hub.token = 'hf_secret';
  expect(await refusal(repo)).toContain('there is no such dataset, or it needs a token in HF_TOKEN');
  hub.token = undefined;
  await expect(pull(repo, { cache })).rejects.toThrow('there is no such model, revision or file (404)');
});

test('neither a name nor a list of files leads out of the cache', async () => {
  for (const name of [
    'tiny',
    '../x',
    'org/..',
    'org/tiny/../x',
    'org/tiny/',
    'org/tiny//x',
    'org/tiny/a\\b',
  ]) {
    expect(await refusal(name)).toBe(
      `${name}: is no name of a dataset.\nGive the name of a dataset on the hub: org/name, or org/name/sub/folder.`,
    );
  }
  hub.files.clear();
  has('README.md', 'a.json');
  hub.extraEntries = ['../../evil.json', '/etc/evil.json', 'sub/../evil.json', 'sub\\..\\..\\evil.json'].map(
    path => ({ type: 'file', path, size: 3, oid: 'f'.repeat(40) }),
  );
  expect(await filesIn(await pullDataset(repo, { cache }))).toEqual(['a.json']);
  expect(await refusal(repo, { split: '../../x' })).toContain('has no split ../../x');
});
