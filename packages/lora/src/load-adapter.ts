import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { CONFIG_FILE, TENSORS_FILE } from './adapter-folder.js';
import { checkTensors } from './check-tensors.js';
import { LoraError } from './errors.js';
import { type LoraConfig, parseLoraConfig } from './lora-config.js';
import { loraParameters } from './lora-parameters.js';
import { type AdaptableModule, LM_HEAD, type LoraTarget, loraTargets } from './lora-targets.js';

/** An adapter, read and found to fit its model. */
export interface LoadedAdapter {
  readonly folder: string;
  readonly config: LoraConfig;
  readonly targets: readonly LoraTarget[];
  /** What `loraParameters` lists, by PEFT's names, in that order. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

/**
 * Reads an adapter that PEFT, TRL or Charter wrote: `adapter_config.json` and `adapter_model.safetensors` in float32,
 * float16 or bfloat16. Unlike PEFT, which leaves a matrix without a tensor as it was initialized, this is strict.
 *
 * @param modules linear modules and norms of the model that it is put on, as `adaptableModules` of @charter/models lists
 *   them
 * @param modelType `model_type` of the model; only needed for files whose `target_modules` is null
 * @throws {LoraError} when files are missing, or the adapter uses what is not supported, or its tensors are not
 *   exactly those that its configuration and the model ask for (all of them are listed)
 */
export const loadAdapter = async (
  folder: string,
  modules: readonly AdaptableModule[],
  modelType = '',
): Promise<LoadedAdapter> => {
  await checkFiles(folder);
  const config = await readConfig(join(folder, CONFIG_FILE));
  const targets = placed(join(folder, CONFIG_FILE), () => loraTargets(config, modules, modelType));
  const file = await openSafetensors(join(folder, TENSORS_FILE));
  const shapes = new Map<string, { shape: readonly number[] }>(file.tensors);
  for (const [name, type] of file.otherTypes) shapes.set(`${name} (stored as ${type})`, { shape: [] });
  const parameters = loraParameters(targets);
  // PEFT saves the base's table beside an adapter on lm_head. The model has it.
  const headBase = `base_model.model.${LM_HEAD}.base_layer.weight`;
  if (targets.some(({ name }) => name === LM_HEAD)) shapes.delete(headBase);
  checkTensors(parameters, shapes, {
    where: join(folder, TENSORS_FILE),
    advice: `Was the adapter trained on another model${config.base_model_name_or_path ? ` than "${config.base_model_name_or_path}"` : ''}, or ${CONFIG_FILE} changed?`,
  });
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const { name, shape } of parameters) {
    tensors.set(name, { shape, data: await readTensor(file.tensors.get(name)!) });
  }
  return { folder, config, targets, tensors };
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
        ? 'It looks like a whole model: give it as the model.'
        : 'A folder that PEFT, TRL or Charter saved an adapter in was expected.';
    throw new LoraError(`it has no ${CONFIG_FILE}, so it is no adapter. ${advice}`, folder, [CONFIG_FILE]);
  }
  if (names.has(TENSORS_FILE)) return;
  const pickle = [...names].find(name => name.endsWith('.bin'));
  throw new LoraError(
    pickle
      ? `its tensors are in ${pickle}, a Python pickle, which can run any code when it is read. Load it with a recent PEFT and save it again: it then writes ${TENSORS_FILE}.`
      : `it has ${CONFIG_FILE} but no ${TENSORS_FILE}. Was it copied whole?`,
    folder,
    [TENSORS_FILE],
  );
};

const holdsAdapter = async (folder: string, name: string): Promise<string | undefined> => {
  const names = await readdir(join(folder, name)).catch((): string[] => []);
  return names.includes(CONFIG_FILE) ? name : undefined;
};

const readConfig = async (file: string): Promise<LoraConfig> => {
  const text = await readFile(file, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new LoraError(`this is no JSON (${(error as Error).message}).`, file, []);
  }
  return parseLoraConfig(json, file);
};

/** Says where an option stands that was wrong. */
const placed = <T>(where: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof LoraError && error.where === '')
      throw new LoraError(error.message, where, error.names);
    throw error;
  }
};
