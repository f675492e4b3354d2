import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantizeMatrix } from '@charter/tensor';
import { expect, it } from 'vitest';
import { readWeight } from './read-weight.js';

it('reads a range of a file, and bytes at any offset', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'charter-weight-'));
  const file = join(folder, 'weights');
  const bytes = new Uint8Array(Float32Array.of(1, -2.5, 3, 4).buffer);
  await writeFile(file, bytes);
  const stored = { dtype: 'float32', shape: [2], file, offset: 4, length: 8 } as const;
  expect([...(await readWeight(stored))]).toEqual([-2.5, 3]);
  await expect(readWeight({ ...stored, offset: 12 })).rejects.toThrow(/ends before byte 20/);
  await rm(folder, { recursive: true });
  const shifted = new Uint8Array(17);
  shifted.set(bytes, 1);
  const data = shifted.subarray(1);
  expect([...(await readWeight({ dtype: 'float32', shape: [4], data }))]).toEqual([1, -2.5, 3, 4]);
});

it('widens every kind of float16', async () => {
  const words = [0x3c00, 0xc500, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x3555];
  const data = new Uint8Array(Uint16Array.from(words).buffer);
  expect([...(await readWeight({ dtype: 'float16', shape: [8], data }))]).toEqual([
    1,
    -5,
    2 ** -24,
    -0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    0.333251953125,
  ]);
});

it.each([4, 8] as const)('widens a matrix in %i bits to within half a step', async bits => {
  const data = Float32Array.from({ length: 3 * 96 }, (_, i) => Math.sin(i * 1.7) * (1 + (i % 3)));
  const widened = await readWeight(quantizeMatrix(data, [3, 96], { bits, block: 32 }));
  const worst = Math.max(...data.map((x, i) => Math.abs(x - widened[i]!)));
  // Blocks span about 6; the best scale may clip a little.
  expect(worst).toBeLessThan(bits === 4 ? 0.45 : 0.03);
  expect(worst).toBeGreaterThan(0);
});

it('takes the middle as zero where there are no zero points', async () => {
  const matrix = {
    dtype: 'uint4',
    shape: [1, 4],
    block: 2,
    values: { data: Uint8Array.of(0x98, 0xf0) },
    scales: { data: new Uint8Array(Float32Array.of(2, 0.5).buffer) },
  } as const;
  expect([...(await readWeight(matrix))]).toEqual([0, 2, -4, 3.5]);
});
