import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convertGguf } from './convert-gguf.js';
import { openGguf } from './open-gguf.js';

const golden = (name: string) => new URL(`../golden/${name}`, import.meta.url).pathname;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'charter-open-gguf-'));
});
afterAll(() => rm(home, { recursive: true }));

/** A golden file with some bytes changed: each text becomes another of the same length. */
const changed = async (source: string, ...changes: [string, string][]) => {
  let bytes = (await readFile(golden(source))).toString('latin1');
  for (const [from, to] of changes) {
    expect(bytes).toContain(from);
    bytes = bytes.replaceAll(from, to);
  }
  const file = join(home, 'changed.gguf');
  await writeFile(file, bytes, 'latin1');
  return file;
};

test('a file that was cut off is told by a tensor that is not in it', async () => {
  const whole = await readFile(golden('qwen2.gguf'));
  const file = join(home, 'cut.gguf');
  await writeFile(file, whole.subarray(0, -1000));
  await expect(openGguf(file)).rejects.toThrow(
    /cut\.gguf: tensor "[\w.]+": its bytes \d+ to \d+ are not in the file, which has 71160 bytes/,
  );
  await writeFile(file, whole.subarray(0, 2000));
  await expect(openGguf(file)).rejects.toThrow('cut.gguf: ');
});

test('other files are no GGUF', async () => {
  await expect(openGguf(golden('smollm2.json'))).rejects.toThrow('smollm2.json: cannot be read as GGUF: ');
  await expect(openGguf(join(home, 'none.gguf'))).rejects.toThrow('none.gguf: there is no such file.');
});

test('one part of a split file is recognised', async () => {
  const file = join(home, 'big-00001-of-00003.gguf');
  await writeFile(file, '');
  await expect(openGguf(file)).rejects.toThrow(
    'is one part of a GGUF file that was split. Join the parts with',
  );
});

test('a tensor type that cannot be read is named', async () => {
  // Name, 2 dimensions of 512 and 3, type 12 (Q4_K), which becomes 9 (Q8_1).
  const dimensions = '\x02\0\0\0\0\x02\0\0\0\0\0\0\x03\0\0\0\0\0\0\0';
  const file = await changed('quantized.gguf', [`Q4_K${dimensions}\x0c`, `Q4_K${dimensions}\x09`]);
  await expect(openGguf(file)).rejects.toThrow(
    /tensor "Q4_K": is stored as Q8_1; F32, F16, BF16, Q4_0, .*, Q6_K, .* can be read\./,
  );
});

test.each<[string, [string, string][], string]>([
  [
    'architecture',
    [['qwen2', 'gemma']],
    'its architecture is "gemma"; llama, qwen2, qwen3, gemma3 can be converted.',
  ],
  [
    'tensor',
    [['blk.0.ffn_gate.weight', 'blk.0.ffn_gaga.weight']],
    'tensor "blk.0.ffn_gaga.weight": is not a tensor',
  ],
  ['metadata', [['qwen2.block_count', 'qwen2.block_coont']], 'has no qwen2.block_count in its metadata'],
])('a model that cannot be converted leaves no folder: %s', async (_, changes, message) => {
  const folder = join(home, 'refused');
  await expect(convertGguf(await changed('qwen2.gguf', ...changes), folder)).rejects.toThrow(message);
  await expect(readFile(join(folder, 'config.json'))).rejects.toThrow('ENOENT');
});
