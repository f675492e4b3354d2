import { join } from 'node:path';
import { sha256 } from '@charter/core/node';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, type PretrainedModel } from '@charter/models';
import { runStart, startLora, train, weightsFingerprint } from '@charter/trainer';
import { type DpoResult, type DpoSettings, prepareDpo } from './dpo-in-memory.js';
import type { FrozenReference } from './frozen-reference.js';
import { openLogpsCache } from './logps-cache.js';
import { memoryLogpsCache } from './reference-logps.js';

export interface DpoRequest extends DpoSettings<string> {
  /** Gets `adapter_config.json`, `adapter_model.safetensors`, `metrics.jsonl` and checkpoints. */
  readonly out: string;
  /** Folder of the reference's log-probabilities, which runs may share; default `reference-logps` inside `out`. */
  readonly cache?: string | undefined;
}

/**
 * Direct preference optimization of a LoRA adapter. A run that was stopped, by `signal` or otherwise, resumes from its
 * last checkpoint when it is called again with the same request.
 *
 * @throws {TrainingError} when no pair is left, an adapter is continued without a named reference, an option is unknown
 * or out of range, the loss is not finite, or `out` holds another run
 * @see Rafailov et al. 2023, section 4; TRL 1.16 `DPOTrainer`
 */
export const dpo = async (request: DpoRequest): Promise<DpoResult> => {
  const { model, out, cache = join(out, 'reference-logps') } = request;
  const { config } = model;
  const writes = (request.collective?.rank ?? 0) === 0;
  const begun = await runStart(out, request.collective);
  const { loop, methodSettings, lora, frozen, settled } = await prepareDpo(request, {
    ...begun,
    start: from => startLora(model, { ...from, adapter: request.adapter }),
    load: folder => loadAdapter(folder, adaptableModules(config), config.model_type),
    openCache: async (reference, { ld_alpha }) => {
      if (!writes) return memoryLogpsCache();
      const name = (await referenceFingerprint(model, reference)).slice(0, 32);
      return openLogpsCache(join(cache, `${name}${ld_alpha === undefined ? '' : `-ld-${ld_alpha}`}.jsonl`));
    },
  });
  const result = await train({
    ...loop,
    out,
    methodSettings: { ...methodSettings, reference: await referenceFingerprint(model, frozen) },
    startedAt: begun.startedAt,
    outlier_channels: frozen.outlier_channels,
    save: lora.save,
  });
  if (writes && result.status === 'completed') await lora.save(out, result.parameters);
  return { ...result, ...settled };
};

const referenceFingerprint = async (
  { config }: Pick<PretrainedModel, 'config'>,
  { targets, weights, outlier_channels }: FrozenReference,
): Promise<string> =>
  sha256([
    config,
    targets,
    await weightsFingerprint(weights),
    ...(outlier_channels ? [outlier_channels] : []),
  ]);
