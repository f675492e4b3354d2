import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredTensor } from '@charter/tensor';
import { describe, expect, it } from 'vitest';
import { weightsFingerprint } from './weights-fingerprint.js';

const bytes = Uint8Array.from({ length: 40_000 }, (_, i) => i * 7);
const inMemory = (data: Uint8Array): Map<string, StoredTensor> =>
  new Map([['w', { dtype: 'float32', shape: [100, 100], data }]]);

describe('weightsFingerprint', () => {
  it('is the same wherever the weights lie', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'charter-fingerprint-'));
    const file = join(folder, 'model.bin');
    await writeFile(file, new Uint8Array([9, 9, 9, ...bytes]));
    const onDisk: Map<string, StoredTensor> = new Map([
      ['w', { dtype: 'float32', shape: [100, 100], file, offset: 3, length: bytes.length }],
    ]);
    expect(await weightsFingerprint(onDisk)).toBe(await weightsFingerprint(inMemory(bytes)));
  });

  it('changes with what the weights hold, their shapes and their names', async () => {
    const known = await weightsFingerprint(inMemory(bytes));
    const changed = (at: number) => weightsFingerprint(inMemory(bytes.with(at, bytes[at]! ^ 1)));
    for (const at of [0, 20_000, 39_999]) expect(await changed(at), `byte ${at}`).not.toBe(known);
    const [tensor] = inMemory(bytes).values();
    expect(await weightsFingerprint(new Map([['v', tensor!]]))).not.toBe(known);
    expect(await weightsFingerprint(new Map([['w', { ...tensor!, shape: [50, 200] }]]))).not.toBe(known);
  });
});
