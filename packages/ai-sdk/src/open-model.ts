import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pull } from '@charter/checkpoint';
import { CharterError } from '@charter/core';
import { type LocalModel, type LocalModelOptions, localModel } from '@charter/generate';
import { loadAdapter } from '@charter/lora';
import {
  adaptableModules,
  type LoadedModel,
  type LoadModelOptions,
  loadModel,
  withAdapterTokenizer,
} from '@charter/models';
import type { Runtime } from '@charter/tensor';

/** Settings of one model. Models that differ in `adapter` alone share the base model's files. */
export interface CharterModelSettings
  extends Pick<LoadModelOptions, 'quantize' | 'chat_template' | 'chat_template_kwargs'>,
    Pick<LocalModelOptions, 'matmul_precision' | 'max_sequences' | 'max_positions' | 'seed'> {
  /** Folder of a LoRA adapter to put on the model. */
  readonly adapter?: string | undefined;
}

/** Models on this machine by what the user calls them, each opened once. */
export interface ModelStore {
  /**
   * @throws {PullError | CheckpointError | ModelConfigError | LoraError} when the files of the model or its adapter cannot
   *   be had or used
   * @throws {CharterError} when an adapter names no base model, or one that cannot be had
   */
  open(id: string, settings?: CharterModelSettings): Promise<LocalModel>;
  dispose(): Promise<void>;
}

export const createModelStore = (runtime: Runtime): ModelStore => {
  const bases = new Map<string, Promise<LoadedModel>>();
  const models = new Map<string, Promise<LocalModel>>();

  const load = async (id: string, settings: CharterModelSettings): Promise<LocalModel> => {
    const { adapter, quantize, chat_template, chat_template_kwargs, ...local } = settings;
    const named = adapter === undefined ? await baseOfAdapter(id) : undefined;
    const [base, folder] = named === undefined ? [id, adapter] : [named, id];
    const load = { id: base, quantize, chat_template, chat_template_kwargs };
    const model = await once(bases, load, async () => loadModel(await pull(base), load)).catch(error => {
      if (named === undefined) throw error;
      throw new CharterError(
        `${id}: the adapter was trained on "${base}", which cannot be had: ${(error as Error).message} ` +
          `Where it is elsewhere now, name both: charter(model, { adapter: ${JSON.stringify(id)} }).`,
        { cause: error },
      );
    });
    const { config } = model;
    if (folder === undefined) return localModel({ ...local, runtime, model, name: id });
    return localModel({
      ...local,
      runtime,
      model: await withAdapterTokenizer(model, folder, { chat_template, chat_template_kwargs }),
      name: id,
      adapter: await loadAdapter(folder, adaptableModules(config), config.model_type),
    });
  };
  return {
    open: (id, settings = {}) => once(models, { id, ...settings }, () => load(id, settings)),
    async dispose() {
      const opened = await Promise.allSettled(models.values());
      models.clear();
      bases.clear();
      await Promise.all(opened.map(model => model.status === 'fulfilled' && model.value.dispose()));
    },
  };
};

/** Name of the base model where `folder` is an adapter; undefined where it is none. */
const baseOfAdapter = async (folder: string): Promise<string | undefined> => {
  const file = join(folder, 'adapter_config.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let base: unknown;
  try {
    base = JSON.parse(text).base_model_name_or_path;
  } catch (error) {
    throw new CharterError(`${file}: this is no JSON (${(error as Error).message}).`, { cause: error });
  }
  if (typeof base === 'string' && base !== '') return base;
  throw new CharterError(
    `${file} has no base_model_name_or_path. Name both: charter(model, { adapter: ${JSON.stringify(folder)} }).`,
  );
};

/** The value of a key, made at the first call; one that failed is made anew. */
const once = <T>(made: Map<string, Promise<T>>, of: object, make: () => Promise<T>): Promise<T> => {
  const key = JSON.stringify(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));
  const known = made.get(key);
  if (known) return known;
  const value = make();
  made.set(key, value);
  value.catch(() => made.delete(key));
  return value;
};
