import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CheckpointError } from '../checkpoint-error.js';
import { readTensor } from '../tensors/read-tensor.js';
import { readTensor as readInMemory } from '../tensors/read-tensor-in-memory.js';
import { encodeSafetensors } from './encode-safetensors.js';
import { openSafetensors } from './open-safetensors.js';
import { parseSafetensors } from './parse-safetensors.js';
import { writeSafetensors } from './write-safetensors.js';

const fixture = (path: string) => new URL(`../../../../fixtures/${path}`, import.meta.url).pathname;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'charter-safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with this header and this number of data bytes. */
const damaged = async (header: unknown, dataLength: number, file = join(folder, 'damaged.safetensors')) => {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  await writeFile(file, Buffer.concat([prefix, json, Buffer.alloc(dataLength)]));
  return file;
};
const refusal = async (file: string): Promise<string> => {
  const error = await openSafetensors(file).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(CheckpointError);
  return (error as Error).message.replace(file, 'FILE');
};

describe('a file that Python wrote', () => {
  test.each([
    'models/llama/model.safetensors',
    'models/qwen3/model.safetensors',
    'adapters/llama-all-linear/adapter_model.safetensors',
  ])('comes out of our writer byte for byte: %s', async path => {
    const { tensors, metadata } = await openSafetensors(fixture(path));
    const copies = await Promise.all(
      [...tensors].map(
        async ([name, stored]) => [name, { shape: stored.shape, data: await readTensor(stored) }] as const,
      ),
    );
    const copy = join(folder, 'copy.safetensors');
    await writeSafetensors(copy, copies.reverse());
    expect(metadata).toEqual({ format: 'pt' });
    expect((await readFile(copy)).equals(await readFile(fixture(path)))).toBe(true);
  });
});

describe('a file in memory, as a browser has it', () => {
  const path = fixture('adapters/llama-all-linear/adapter_model.safetensors');

  test('holds what the file holds, and is encoded to the same bytes', async () => {
    const bytes = await readFile(path);
    const { tensors, ...rest } = parseSafetensors(bytes);
    const opened = await openSafetensors(path);
    expect(rest).toEqual({ otherTypes: opened.otherTypes, metadata: opened.metadata });
    const copies = await Promise.all(
      [...tensors].map(
        async ([name, stored]) => [name, { shape: stored.shape, data: await readInMemory(stored) }] as const,
      ),
    );
    for (const [name, { data }] of copies) expect(data).toEqual(await readTensor(opened.tensors.get(name)!));
    expect(bytes.equals(encodeSafetensors(copies.reverse()))).toBe(true);
  });

  test('is refused when it was cut off, under the name that it was given', async () => {
    const cut = (await readFile(path)).subarray(0, 1000);
    expect(() => parseSafetensors(cut, 'https://there/a.safetensors')).toThrow(
      /^https:\/\/there\/a\.safetensors: is not a safetensors file/,
    );
    expect(() => parseSafetensors(new Uint8Array(3))).toThrow(
      'model.safetensors: is not a safetensors file: its first 8 bytes give no length of a header (the file has 3 bytes)',
    );
  });

  test('is all that a browser can read a tensor from', async () => {
    const [stored] = (await openSafetensors(path)).tensors.values();
    await expect(readInMemory(stored!)).rejects.toThrow(
      `${path}: a browser cannot read it: fetch its bytes and give them to parseSafetensors.`,
    );
  });
});

describe('a file that we write', () => {
  test('gives back every type, shape and name', async () => {
    const file = join(folder, 'types.safetensors');
    const data = Float32Array.of(0.1, -2.5, 1e-6, 300, 0, -0.0078125);
    await writeSafetensors(
      file,
      [
        ['ä.half', { shape: [3, 2], data, dtype: 'float16' }],
        ['brain', { shape: [6], data: async () => data, dtype: 'bfloat16' }],
        ['__proto__', { shape: [1, 2, 3], data }],
        ['scalar', { shape: [], data: Float32Array.of(7) }],
        ['nothing', { shape: [0, 4], data: new Float32Array(0) }],
      ],
      { step: '3' },
    );
    const { tensors, metadata } = await openSafetensors(file);
    expect(metadata).toEqual({ step: '3' });
    const read = async (name: string) => [...(await readTensor(tensors.get(name)!))];
    expect([...tensors.keys()].sort()).toEqual(['__proto__', 'brain', 'nothing', 'scalar', 'ä.half']);
    expect(tensors.get('ä.half')).toMatchObject({ shape: [3, 2], dtype: 'float16', length: 12 });
    expect(await read('__proto__')).toEqual([...data]);
    // The nearest float16 and bfloat16 of each number.
    expect(await read('ä.half')).toEqual([0.0999755859375, -2.5, 17 * 2 ** -24, 300, 0, -0.0078125]);
    expect(await read('brain')).toEqual([0.10009765625, -2.5, 9.98377799987793e-7, 300, 0, -0.0078125]);
    expect(await read('scalar')).toEqual([7]);
    expect(await read('nothing')).toEqual([]);
    for (const stored of tensors.values()) {
      if ('offset' in stored) expect(stored.offset % (stored.dtype === 'float32' ? 4 : 2)).toBe(0);
    }
  });

  test('is the old one, and nothing else is left, when writing fails', async () => {
    const home = await mkdtemp(join(folder, 'atomic-'));
    const file = join(home, 'a.safetensors');
    await writeSafetensors(file, [['a', { shape: [1], data: Float32Array.of(1) }]]);
    const before = await readFile(file);
    const fails = writeSafetensors(file, [
      ['a', { shape: [1], data: Float32Array.of(2) }],
      ['b', { shape: [2], data: Float32Array.of(2) }],
    ]);
    await expect(fails).rejects.toThrow(
      'a.safetensors: tensor "b": shape [2] holds 2 elements, but 1 were given.',
    );
    expect((await readFile(file)).equals(before)).toBe(true);
    expect(await readdir(home)).toEqual(['a.safetensors']);
  });

  test('never turns a number into infinity, or holds a name twice', async () => {
    const file = join(folder, 'never.safetensors');
    const one = { shape: [1], data: Float32Array.of(70000) };
    await expect(writeSafetensors(file, [['w', { ...one, dtype: 'float16' }]])).rejects.toThrow(
      'tensor "w": element 0 is 70000, more than float16 holds. Write it as bfloat16 or float32.',
    );
    await expect(
      writeSafetensors(file, [
        ['w', one],
        ['w', one],
      ]),
    ).rejects.toThrow('tensor "w": this name cannot be written, or comes twice.');
  });
});

describe('a damaged file is refused with what is wrong', () => {
  const entry = (begin: number, end: number, change = {}) => ({
    dtype: 'F32',
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
    ...change,
  });
  test.each<[string, unknown, number, string]>([
    ['overlap', { a: entry(0, 8), b: entry(4, 12) }, 12, 'FILE: tensor "b": its bytes overlap'],
    [
      'a hole',
      { a: entry(0, 4), b: entry(8, 12) },
      12,
      'tensor "b": the 4 bytes before it belong to no tensor.',
    ],
    ['a tail', { a: entry(0, 4) }, 9, 'FILE: its last 5 bytes belong to no tensor.'],
    [
      'out of range',
      { a: entry(0, 16) },
      12,
      'tensor "a": its bytes 0 to 16 are not in the file, which has 12',
    ],
    ['backwards', { a: entry(8, 4, { shape: [1] }) }, 8, 'tensor "a": its bytes 8 to 4 are not in the file'],
    [
      'wrong shape',
      { a: entry(0, 8, { shape: [3] }) },
      8,
      'tensor "a": shape [3] of F32 needs 12 bytes, but it has 8.',
    ],
    [
      'huge shape',
      { a: entry(0, 8, { shape: [2 ** 40, 2 ** 40] }) },
      8,
      'tensor "a": shape [1099511627776,1099511627776] of F32 needs',
    ],
    ['negative', { a: entry(0, 4, { shape: [-1] }) }, 4, 'tensor "a": shape.0: '],
    ['fraction', { a: entry(0, 4, { data_offsets: [0.5, 4.5] }) }, 5, 'tensor "a": data_offsets.0: '],
    [
      'unknown dtype',
      { a: entry(0, 4, { dtype: 'Q4' }) },
      4,
      'tensor "a": its dtype "Q4" is not one that the format',
    ],
    ['no entry', { a: 3 }, 4, 'tensor "a": its entry: '],
    ['metadata', { __metadata__: { a: 1 } }, 0, 'FILE: __metadata__ is not a table of strings.'],
    ['no JSON', '{"a":', 4, 'FILE is not a safetensors file: its header is no JSON ('.replace(' is', ': is')],
    ['a list', '[]', 0, 'FILE: is not a safetensors file: its header is no JSON object.'],
  ])('%s', async (_, header, dataLength, message) => {
    expect(await refusal(await damaged(header, dataLength))).toContain(message);
  });

  test('a length of garbage is not allocated', async () => {
    const file = join(folder, 'garbage.safetensors');
    await writeFile(file, 'version https://git-lfs.github.com/spec/v1\n');
    expect(await refusal(file)).toContain(
      'FILE: is not a safetensors file: its first 8 bytes give no length of a header (the file has 43 bytes)',
    );
    await writeFile(file, 'abc');
    expect(await refusal(file)).toContain('(the file has 3 bytes)');
  });

  test('a missing file, and one that shrinks while it is open', async () => {
    expect(await refusal(join(folder, 'none.safetensors'))).toBe('FILE: there is no such file.');
    const file = join(folder, 'shrinks.safetensors');
    await writeSafetensors(file, [['a', { shape: [4], data: new Float32Array(4) }]]);
    const { tensors } = await openSafetensors(file);
    await truncate(file, 100);
    await expect(readTensor(tensors.get('a')!)).rejects.toThrow('has become shorter since it was opened');
  });
});

test('tensors that are no floats are listed separately', async () => {
  const file = await damaged(
    {
      steps: { dtype: 'I64', shape: [2], data_offsets: [0, 16] },
      packed: { dtype: 'F4', shape: [2, 4], data_offsets: [16, 20] },
    },
    20,
  );
  const { tensors, otherTypes } = await openSafetensors(file);
  expect([tensors.size, [...otherTypes]]).toEqual([
    0,
    [
      ['steps', 'I64'],
      ['packed', 'F4'],
    ],
  ]);
});
