import { loadAdapter, saveAdapter } from '@charter/lora';
import { adaptableModules, type PretrainedModel } from '@charter/models';
import type { ParameterValues } from '../checkpoints/run-journal.js';
import { type LoraSettings, type LoraTraining, loraTraining } from './lora-training.js';

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
export const startLora = async (
  model: Pick<PretrainedModel, 'id' | 'config' | 'weights'>,
  start: LoraStart,
): Promise<StartedLora> => {
  const adapter = start.adapter
    ? await loadAdapter(start.adapter, adaptableModules(model.config))
    : undefined;
  const training = await loraTraining(model, { ...start, adapter });
  const { config, targets } = training;
  return {
    ...training,
    save: (folder, tensors) => saveAdapter(folder, { config, targets, tensors, baseModel: model.id }),
  };
};
