import { runStart, startLora, train } from '@charter/trainer';
import { prepareSft, type SftResult, type SftSettings } from './sft-in-memory.js';

export interface SftRequest extends SftSettings {
  /** Folder of an adapter to continue, which keeps its shape. */
  readonly adapter?: string | undefined;
  /** Gets `adapter_config.json`, `adapter_model.safetensors`, `metrics.jsonl` and checkpoints. */
  readonly out: string;
}

/**
 * Trains a LoRA adapter on rows. A run that was stopped, by `signal` or otherwise, goes on from its last checkpoint when
 * it is called again with the same request.
 *
 * @throws {TrainingError} when there is nothing to learn, an option is unknown or out of range, the loss is not
 * finite, or `out` holds another run
 * @see TRL 1.16 `SFTTrainer`; Hu et al. 2021
 */
export const sft = async (request: SftRequest): Promise<SftResult> => {
  const { model, adapter, out } = request;
  const start = await runStart(out, request.collective);
  const { loop, methodSettings, lora, outlier_channels, settled } = await prepareSft(
    request,
    from => startLora(model, { ...from, adapter }),
    start,
  );
  const result = await train({
    ...loop,
    out,
    methodSettings,
    startedAt: start.startedAt,
    outlier_channels,
    save: lora.save,
  });
  const writes = (request.collective?.rank ?? 0) === 0;
  if (writes && result.status === 'completed') await lora.save(out, result.parameters);
  return { ...result, ...settled };
};
