import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { openSafetensors } from '@charter/checkpoint';
import type { AdaptableModule } from '@charter/models';
import { LoraError } from '../errors.js';
import { CONFIG_FILE, TENSORS_FILE } from './adapter-folder.js';
import { type ParsedAdapter, parseAdapter } from './parse-adapter.js';

/** An adapter of a folder. */
export interface LoadedAdapter extends ParsedAdapter {
  readonly folder: string;
}

/**
 * Reads an adapter that PEFT, TRL or Charter wrote: `adapter_config.json` and `adapter_model.safetensors`.
 *
 * @param modules linear modules and norms of the model that it is put on, as `adaptableModules` of @charter/models lists
 *   them
 * @param modelType `model_type` of the model; only needed for files whose `target_modules` is null
 * @throws {LoraError} when files are missing, or {@link parseAdapter} refuses them
 */
export const loadAdapter = async (
  folder: string,
  modules: readonly AdaptableModule[],
  modelType = '',
): Promise<LoadedAdapter> => {
  await checkFiles(folder);
  const config = await readConfig(join(folder, CONFIG_FILE));
  const tensors = await openSafetensors(join(folder, TENSORS_FILE));
  return { folder, ...(await parseAdapter({ config, tensors }, modules, modelType, join(folder, sep))) };
};

const checkFiles = async (folder: string): Promise<void> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === 'ENOENT' ? 'there is no such folder' : error.message;
    throw new LoraError(`${problem}; an adapter is a folder with ${CONFIG_FILE} in it.`, folder, []);
  });
  const names = new Set(entries.map(entry => entry.name));
  if (!names.has(CONFIG_FILE)) {
    const inside = await Promise.all(
      entries.filter(entry => entry.isDirectory()).map(({ name }) => holdsAdapter(folder, name)),
    );
    const advice = inside.some(name => name !== undefined)
      ? `These folders in it have one: ${inside.filter(name => name !== undefined).join(', ')}.`
      : names.has('config.json')
        ? 'It looks like a full model: give it as the model.'
        : 'A folder that PEFT, TRL or Charter saved an adapter in was expected.';
    throw new LoraError(`it has no ${CONFIG_FILE}, so it is no adapter. ${advice}`, folder, [CONFIG_FILE]);
  }
  if (names.has(TENSORS_FILE)) return;
  const pickle = [...names].find(name => name.endsWith('.bin'));
  throw new LoraError(
    pickle
      ? `its tensors are in ${pickle}, a Python pickle, which can run any code when it is read. Load it with a recent PEFT and save it again: it then writes ${TENSORS_FILE}.`
      : `it has ${CONFIG_FILE} but no ${TENSORS_FILE}. Was all of it copied?`,
    folder,
    [TENSORS_FILE],
  );
};

const holdsAdapter = async (folder: string, name: string): Promise<string | undefined> => {
  const names = await readdir(join(folder, name)).catch((): string[] => []);
  return names.includes(CONFIG_FILE) ? name : undefined;
};

const readConfig = async (file: string): Promise<unknown> => {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LoraError(`this is no JSON (${(error as Error).message}).`, file, []);
  }
};
