import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from '@charter/checkpoint';
import type { FrozenWeight, QuantizedMatrix, StoredBytes } from '@charter/tensor';
import { z } from 'zod';
import type { PretrainedModel } from './pretrained-model.js';
import {
  type PlannedMatrix,
  type Quantization,
  quantizationPlan,
  quantizePlanned,
} from './quantize-model.js';

export interface QuantizationCacheOptions {
  /** Folder that keeps what was made; default `$CHARTER_CACHE` or `~/.cache/charter`. */
  readonly cache?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each matrix that was not in the cache. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Is raised when the same weights give other bytes, so that old ones are not used. */
const VERSION = 1;

/** Alignment of a matrix's parts in bytes: it suits any type, and the vector loads of any processor. */
const ALIGNMENT = 64;

/** Leftovers of killed processes are removed by later ones, but not the files that another process is writing now. */
const ABANDONED_AFTER_MS = 3_600_000;

const byteRange = z.tuple([z.int().nonnegative(), z.int().nonnegative()]);
const indexSchema = z.object({
  version: z.literal(VERSION),
  bytes: z.int().nonnegative(),
  matrices: z.record(
    z.string(),
    z.object({
      dtype: z.enum(['uint4', 'uint8']),
      shape: z.tuple([z.int().positive(), z.int().positive()]),
      block: z.int().positive(),
      values: byteRange,
      scales: byteRange,
      zeroPoints: byteRange.optional(),
    }),
  ),
});
type Index = z.infer<typeof indexSchema>;

/**
 * A model with its linear layers quantized, in a file of the cache: an engine maps it into memory, and programs of the
 * same model share it. It is made once for these weights, bits and blocks; any number of processes may ask at the same
 * time, and one that is killed leaves nothing that others would use.
 *
 * @throws {CheckpointError} when the weights cannot be read
 */
export const quantizeModelCached = async <M extends Pick<PretrainedModel, 'config' | 'weights'>>(
  model: M,
  quantization: Quantization,
  { cache, signal, onProgress }: QuantizationCacheOptions = {},
): Promise<M & { readonly quantized: ReadonlyMap<string, FrozenWeight> }> => {
  const plan = quantizationPlan(model, quantization);
  const folder = join(cacheFolder(cache), 'quantized', await keyOf(plan));
  let matrices = await openMatrices(folder);
  if (!matrices) {
    await removeAbandoned(folder);
    const temporary = `${folder}.partial-${randomBytes(6).toString('hex')}`;
    await mkdir(temporary, { recursive: true });
    try {
      await writeMatrices(plan, temporary, { signal, onProgress });
      matrices = await putInPlace(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  return { ...model, quantized: new Map<string, FrozenWeight>([...model.weights, ...matrices]) };
};

/** The matrices in a folder; undefined when it is missing or incomplete. */
const openMatrices = async (folder: string): Promise<Map<string, QuantizedMatrix> | undefined> => {
  const text = await readFile(join(folder, 'index.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = indexSchema.safeParse(parseJson(text));
  const file = join(folder, 'weights.bin');
  const size = (await stat(file).catch(() => undefined))?.size;
  if (!parsed.success || parsed.data.bytes !== size) return undefined;
  const at = ([offset, length]: readonly [number, number]): StoredBytes => ({ file, offset, length });
  return new Map(
    Object.entries(parsed.data.matrices).map(([name, { values, scales, zeroPoints, ...matrix }]) => [
      name,
      {
        ...matrix,
        values: at(values),
        scales: at(scales),
        ...(zeroPoints && { zeroPoints: at(zeroPoints) }),
      },
    ]),
  );
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Quantizes one matrix after the other, so that a large model is never held in memory. */
const writeMatrices = async (
  plan: readonly PlannedMatrix[],
  folder: string,
  { signal, onProgress }: QuantizationCacheOptions,
): Promise<void> => {
  const matrices: Index['matrices'] = {};
  const handle = await open(join(folder, 'weights.bin'), 'wx');
  let end = 0;
  const append = async (part: StoredBytes): Promise<[number, number]> => {
    if (!('data' in part)) throw new Error('a matrix that was just quantized is in memory');
    await handle.writeFile(new Uint8Array(-end & (ALIGNMENT - 1)));
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    await handle.writeFile(part.data);
    end = offset + part.data.byteLength;
    return [offset, part.data.byteLength];
  };
  try {
    for (const [n, planned] of plan.entries()) {
      signal?.throwIfAborted();
      const { values, scales, zeroPoints, shape, ...matrix } = await quantizePlanned(planned);
      matrices[planned.name] = {
        ...matrix,
        shape: [...shape],
        values: await append(values),
        scales: await append(scales),
        ...(zeroPoints && { zeroPoints: await append(zeroPoints) }),
      };
      onProgress?.(n + 1, plan.length);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  const index: Index = { version: VERSION, bytes: end, matrices };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
};

/** Renames a complete folder; where another process was faster, its folder is taken. */
const putInPlace = async (temporary: string, folder: string): Promise<Map<string, QuantizedMatrix>> => {
  try {
    await rename(temporary, folder);
  } catch (error) {
    const theirs = await openMatrices(folder);
    if (theirs) return theirs;
    // A damaged folder, which nobody can use.
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder).catch(() => Promise.reject(error));
  }
  return (await openMatrices(folder))!;
};

const removeAbandoned = async (folder: string): Promise<void> => {
  const names = await readdir(dirname(folder)).catch(() => []);
  for (const name of names.filter(name => name.startsWith(`${basename(folder)}.partial-`))) {
    const path = join(dirname(folder), name);
    const { mtimeMs } = await stat(join(path, 'weights.bin')).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
};

const SAMPLE = 1 << 20;

/**
 * Differs when the weights, the bits or the blocks do. Files are known by size, time, and their first and last MiB, so
 * that large models open at once.
 */
const keyOf = async (plan: readonly PlannedMatrix[]): Promise<string> => {
  const hash = createHash('sha256').update(`${VERSION}`);
  const files = new Set<string>();
  for (const { name, stored, shape, bits, block } of plan) {
    const range = 'file' in stored ? [stored.offset, stored.length] : 'memory';
    hash.update(JSON.stringify([name, stored.dtype, shape, bits, block, range]));
    if ('file' in stored) files.add(stored.file);
    else hash.update(stored.data);
  }
  for (const file of files) {
    const handle = await open(file);
    try {
      const { size, mtimeMs } = await handle.stat();
      hash.update(JSON.stringify([size, mtimeMs]));
      for (const position of [0, Math.max(0, size - SAMPLE)]) {
        const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(SAMPLE), position });
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  }
  return hash.digest('hex').slice(0, 32);
};
