import type { AdapterToSave, ParsedAdapter } from '@charter/lora';
import { type FrozenModel, loraTraining, trainInMemory } from '@charter/trainer';
import { prepareSft, type SftResult, type SftSettings } from './prepare-sft.js';

export interface SftInMemoryRequest extends SftSettings {
  readonly model: FrozenModel & {
    /** What the adapter's files call the model: an id on a hub, a name. */
    readonly id: string;
  };
  /** An adapter to continue, which keeps its shape. */
  readonly adapter?: ParsedAdapter | undefined;
}

export interface SftInMemoryResult extends SftResult {
  /** What was trained, also when `signal` stopped it: `localModel` runs it, `adapterFiles` writes it for PEFT. */
  readonly adapter: AdapterToSave;
}

/**
 * Trains a LoRA adapter on rows without a folder, as in a browser; metrics come by `onProgress`. The adapter has the same
 * values as that of `sft`.
 *
 * @throws {TrainingError} when there is nothing to learn, an option is unknown or out of range, or the loss is not finite
 */
export const sftInMemory = async (request: SftInMemoryRequest): Promise<SftInMemoryResult> => {
  const { model, adapter } = request;
  const { loop, lora, settled } = await prepareSft(request, from =>
    loraTraining(model, { ...from, adapter }),
  );
  const result = await trainInMemory(loop);
  const { config, targets } = lora;
  const trained = { config, targets, tensors: result.parameters, baseModel: model.id };
  return { ...result, ...settled, adapter: trained };
};
