import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256, sha256OfFile } from './sha256.js';

// Python: hashlib.sha256(b'{"a":1}').hexdigest()
const hash = '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862';

test('a value and a file of its JSON have the hash that Python gives', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'hash-')), 'a.json');
  await writeFile(file, '{"a":1}');
  expect(sha256({ a: 1 })).toBe(hash);
  expect(sha256({ a: 1 }, 8)).toBe(hash.slice(0, 8));
  expect(await sha256OfFile(file)).toBe(hash);
});
