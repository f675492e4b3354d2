import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CheckpointError } from '../checkpoint-error.js';
import { checkFinite } from './check-finite.js';

const folder = mkdtempSync(join(tmpdir(), 'charter-finite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ONE = { float32: 0x3f800000, bfloat16: 0x3f80, float16: 0x3c00 };
const BAD = {
  float32: [0x7fc00000, 0xffc00001, 0x7f800000, 0xff800000],
  bfloat16: [0x7fc0, 0xffc1, 0x7f80, 0xff80],
  float16: [0x7e00, 0xfe01, 0x7c00, 0xfc00],
};

const bytesOf = (dtype: keyof typeof ONE, values: readonly number[]): Uint8Array =>
  new Uint8Array((dtype === 'float32' ? Uint32Array : Uint16Array).from(values).buffer);

test.each(['float32', 'bfloat16', 'float16'] as const)(
  'NaN and infinity are found anywhere: %s',
  async dtype => {
    for (const bad of BAD[dtype]) {
      for (const at of [0, 1, 5, 6]) {
        const values = Array<number>(7).fill(ONE[dtype]);
        const stored = () => ({ dtype, shape: [7], data: bytesOf(dtype, values) });
        await checkFinite('m', [['w', stored()]]);
        values[at] = bad;
        await expect(
          checkFinite('m', [
            ['ok', { ...stored(), data: bytesOf(dtype, []) }],
            ['w', stored()],
          ]),
        ).rejects.toThrow(`m: tensor "w": element ${at} is NaN or infinite`);
      }
    }
  },
);

test('a file is read in pieces, and the element counted over all of them', async () => {
  const file = join(folder, 'w');
  const values = new Uint16Array(3_000_000).fill(0x7f7f); // the largest number of bfloat16
  values[2_500_001] = 0xff80;
  writeFileSync(file, new Uint8Array(values.buffer));
  const stored = { dtype: 'bfloat16' as const, shape: [3_000_000], file, offset: 0, length: 6_000_000 };
  const error = await checkFinite(folder, [['layer.weight', stored]]).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(CheckpointError);
  expect(error).toHaveProperty(
    'message',
    expect.stringContaining('tensor "layer.weight": element 2500001 is'),
  );
  await checkFinite(folder, [['layer.weight', { ...stored, length: 5_000_000 }]]);
});
