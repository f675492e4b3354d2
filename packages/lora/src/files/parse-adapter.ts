import { readTensor, type SafetensorsFile } from '@charter/checkpoint';
import type { AdaptableModule } from '@charter/models';
import { type LoraConfig, parseLoraConfig } from '../config/lora-config.js';
import { LM_HEAD, type LoraTarget, loraTargets } from '../config/lora-targets.js';
import { LoraError } from '../errors.js';
import { loraParameters } from '../linear/lora-parameters.js';
import { CONFIG_FILE, TENSORS_FILE } from './adapter-folder.js';
import { checkTensors } from './check-tensors.js';

/** A LoRA adapter in memory. */
export interface LoraAdapter {
  readonly config: LoraConfig;
  /** Tensors of `loraParameters`, by PEFT's names. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

/** An adapter, read and found to fit its model; its tensors have the order of `loraParameters`. */
export interface ParsedAdapter extends LoraAdapter {
  readonly targets: readonly LoraTarget[];
}

/** The two files of an adapter, opened. */
export interface OpenedAdapter {
  /** `adapter_config.json`, parsed. */
  readonly config: unknown;
  /** `adapter_model.safetensors`, by `parseSafetensors` or `openSafetensors` of @charter/checkpoint. */
  readonly tensors: SafetensorsFile;
}

/**
 * Reads an adapter from its opened files, in float32, float16 or bfloat16. Unlike PEFT, which leaves a matrix without a
 * tensor as it was initialized, this is strict.
 *
 * @param modules linear modules and norms of the model that it is put on, as `adaptableModules` of @charter/models lists
 *   them
 * @param modelType `model_type` of the model; only needed for files whose `target_modules` is null
 * @param where what errors put before the files' names
 * @throws {LoraError} when the adapter uses what is not supported, or its tensors are not exactly those that its
 *   configuration and the model ask for (all of them are listed), or one holds NaN or infinity
 */
export const parseAdapter = async (
  opened: OpenedAdapter,
  modules: readonly AdaptableModule[],
  modelType = '',
  where = '',
): Promise<ParsedAdapter> => {
  const [configFile, tensorsFile] = [`${where}${CONFIG_FILE}`, `${where}${TENSORS_FILE}`];
  const config = parseLoraConfig(opened.config, configFile);
  const targets = placed(configFile, () => loraTargets(config, modules, modelType));
  const file = opened.tensors;
  const shapes = new Map<string, { shape: readonly number[] }>(file.tensors);
  for (const [name, type] of file.otherTypes) shapes.set(`${name} (stored as ${type})`, { shape: [] });
  const parameters = loraParameters(targets);
  // PEFT saves the base's table beside an adapter on lm_head. The model has it.
  const headBase = `base_model.model.${LM_HEAD}.base_layer.weight`;
  if (targets.some(({ name }) => name === LM_HEAD)) shapes.delete(headBase);
  checkTensors(parameters, shapes, {
    where: tensorsFile,
    advice: `Was the adapter trained on another model${config.base_model_name_or_path ? ` than "${config.base_model_name_or_path}"` : ''}, or ${CONFIG_FILE} changed?`,
  });
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const { name, shape } of parameters) {
    const data = await readTensor(file.tensors.get(name)!);
    if (!data.every(Number.isFinite)) {
      throw new LoraError(
        `${name} holds NaN or infinity, so no answer with it would mean anything. Did its training diverge? Take an ` +
          'earlier checkpoint, or fetch the file again.',
        tensorsFile,
        [name],
      );
    }
    tensors.set(name, { shape, data });
  }
  return { config, targets, tensors };
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
