import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openLogpsCache } from './logps-cache.js';

const pair = { prompt: [1, 2], chosen: [3], rejected: [4, 5] };
const logps = { chosen: -1 / 3, rejected: -2.5 };

describe('openLogpsCache', () => {
  let file: string;
  beforeEach(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'charter-logps-')), 'cache', 'logps.jsonl');
  });

  it('gives back every bit of what it was told, also to the next process', async () => {
    await (await openLogpsCache(file)).add([pair], [logps]);
    expect((await openLogpsCache(file)).get(pair)).toEqual(logps);
  });

  it('tells pairs apart by where prompt and answers begin', async () => {
    const cache = await openLogpsCache(file);
    await cache.add([pair], [logps]);
    expect(cache.get({ prompt: [1], chosen: [2, 3], rejected: [4, 5] })).toBeUndefined();
    expect(cache.get({ prompt: [1, 2], chosen: [4, 5], rejected: [3] })).toBeUndefined();
  });

  it('drops a line that a kill cut off, and names one that is broken', async () => {
    await (await openLogpsCache(file)).add([pair], [logps]);
    const whole = await readFile(file, 'utf8');
    await appendFile(file, '{"pair":"7');
    expect((await openLogpsCache(file)).get(pair)).toEqual(logps);
    expect(await readFile(file, 'utf8')).toBe(whole);
    await writeFile(file, `${whole}{"pair"\n`);
    await expect(openLogpsCache(file)).rejects.toThrow(
      /logps\.jsonl:2: this line is not a JSON object; .*take it out/,
    );
  });
});
