import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { adaptableModules, parseModelConfig } from '@charter/models';

/** Path of a file or folder of the repository's `fixtures/`. */
export const fixture = (path: string): string =>
  fileURLToPath(new URL(`../../../../fixtures/${path}`, import.meta.url));

export const readJson = async (file: string) => JSON.parse(await readFile(file, 'utf8'));

/** Linear modules of one of the fixture models. */
export const modulesOf = async (model: string) =>
  adaptableModules(parseModelConfig(await readJson(fixture(`models/${model}/config.json`))));

/** All tensors of a safetensors file, in float32. */
export const readTensors = async (
  file: string,
): Promise<Map<string, { shape: readonly number[]; data: Float32Array }>> => {
  const { tensors } = await openSafetensors(file);
  const read = [...tensors].map(
    async ([name, stored]) => [name, { shape: stored.shape, data: await readTensor(stored) }] as const,
  );
  return new Map(await Promise.all(read));
};
