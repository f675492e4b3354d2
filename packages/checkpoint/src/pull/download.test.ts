import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { download } from './download.js';
import { downloadHubFile } from './hub.js';
import { type FakeHub, repo, startFakeHub } from './testing/fake-hub.js';

let hub: FakeHub;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'charter-download-'));
  hub = await startFakeHub();
  hub.files.set('a.txt', Buffer.from('some bytes'));
});
afterAll(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

/** Of `some bytes`, by `git hash-object`. */
const checksum = { algorithm: 'git', digest: '9d9b78c856dff3427514c9f1f0ceb2eeff00b395' } as const;

test('a hub that does not answer is given up soon', async () => {
  hub.silent = true;
  const started = Date.now();
  const slow = { endpoint: hub.endpoint, token: undefined, answerMilliseconds: 100 };
  const waiting = downloadHubFile(
    slow,
    { kind: 'model', name: repo },
    hub.commit,
    { path: 'a.txt', size: 10, checksum },
    { file: join(home, 'a') },
  );
  await expect(waiting).rejects.toThrow('no answer within 0.1 s');
  expect(Date.now() - started).toBeLessThan(2000);
  hub.silent = false;
});

test('a connection on which nothing comes any more is given up', async () => {
  hub.faults.set('a.txt', { hangs: true });
  hub.requests.length = 0;
  const request = {
    url: `${hub.endpoint}/${repo}/resolve/${hub.commit}/a.txt`,
    file: join(home, 'b'),
    size: 10,
    checksum,
    fetch,
    idleMilliseconds: 100,
  };
  await expect(download(request)).rejects.toThrow('nothing more came from');
  expect(hub.requests).toHaveLength(3);
  hub.faults.clear();
  await download(request);
  expect(await readFile(request.file, 'utf8')).toBe('some bytes');
  expect((await readdir(home)).filter(name => name.endsWith('.lock'))).toEqual([]);
});

test('a server that is not there is asked once', async () => {
  const gone = await startFakeHub();
  await gone.close();
  let asked = 0;
  const nowhere = {
    url: `${gone.endpoint}/a`,
    file: join(home, 'c'),
    size: 10,
    checksum,
    fetch: (...args: Parameters<typeof fetch>) => {
      asked++;
      return fetch(...args);
    },
  };
  await expect(download(nowhere)).rejects.toThrow('fetch failed');
  expect(asked).toBe(1);
});
