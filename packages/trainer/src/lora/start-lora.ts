import { loadAdapter, saveAdapter } from '@charter/lora';
import { adaptableModules } from '@charter/models';
import type { ParameterValues } from '../checkpoints/run-journal.js';
import { type FrozenModel, type LoraSettings, type LoraTraining, loraTraining } from './lora-training.js';

/** A model of a folder. */
export interface BaseModel extends FrozenModel {
  /** What an adapter's files call the model: an id on a hub, a name, a path. Default: its folder. */
  readonly id?: string | undefined;
  readonly folder: string;
}

export interface LoraStart extends Omit<LoraSettings, 'adapter'> {
  /** Folder of an adapter to continue. */
  readonly adapter?: string | undefined;
}

/** An adapter about to be trained, which can be saved. */
export interface StartedLora extends LoraTraining {
  /** Writes the adapter in PEFT's format. */
  save(folder: string, tensors: ParameterValues): Promise<void>;
}

/**
 * {@link loraTraining} with adapters in folders.
 *
 * @throws {LoraError} when there is no adapter to continue in its folder, or it does not fit the model
 * @throws {TrainingError} when `lora` asks for another shape than that of the adapter that is continued
 */
export const startLora = async (model: BaseModel, start: LoraStart): Promise<StartedLora> => {
  const adapter = start.adapter
    ? await loadAdapter(start.adapter, adaptableModules(model.config))
    : undefined;
  const training = await loraTraining(model, { ...start, adapter });
  const { config, targets } = training;
  return {
    ...training,
    save: (folder, tensors) =>
      saveAdapter(folder, { config, targets, tensors, baseModel: model.id ?? model.folder }),
  };
};
