import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { FrozenWeight, StoredBytes } from '@charter/tensor';

const SAMPLE = 1024;

/**
 * Hash of a model's weights, independent of where its files lie: names, dtypes and shapes of all weights, and bytes from
 * the start, the middle and the end of each. Fine-tuning and merging change whole matrices, so samples distinguish
 * models, and a model of many gigabytes takes milliseconds.
 */
export const weightsFingerprint = async (weights: ReadonlyMap<string, FrozenWeight>): Promise<string> => {
  const hash = createHash('sha256');
  const files = new Map<string, FileHandle>();
  const addSamples = async (stored: StoredBytes): Promise<void> => {
    if ('data' in stored) {
      for (const { at, length } of samples(stored.data.length))
        hash.update(stored.data.subarray(at, at + length));
      return;
    }
    const file = files.get(stored.file) ?? (await open(stored.file));
    files.set(stored.file, file);
    for (const { at, length } of samples(stored.length)) {
      const bytes = new Uint8Array(length);
      await file.read(bytes, 0, length, stored.offset + at);
      hash.update(bytes);
    }
  };
  try {
    for (const [name, stored] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(JSON.stringify([name, stored.dtype, stored.shape]));
      await addSamples('block' in stored ? stored.values : stored);
    }
  } finally {
    await Promise.all([...files.values()].map(file => file.close()));
  }
  return hash.digest('hex');
};

/** Three ranges of a tensor's bytes, or all of a small one. */
const samples = (size: number): { at: number; length: number }[] =>
  size <= 3 * SAMPLE
    ? [{ at: 0, length: size }]
    : [0, Math.floor((size - SAMPLE) / 2), size - SAMPLE].map(at => ({ at, length: SAMPLE }));
