import { join } from 'node:path';
import type { LoraConfig } from '@charter/lora';
import type { Runtime } from '@charter/tensor';
import type { Tokenizer } from '@charter/tokenizer';
import {
  type BaseModel,
  parseOptions,
  startLora,
  TrainingError,
  type TrainingOptions,
  type TrainProgress,
  type TrainResult,
  type TrainWarning,
  train,
  trainingOptionsSchema,
} from '@charter/trainer';
import { type DpoCounts, type PreferenceRow, tokenizePairs } from './dpo-examples.js';
import { dpoMonitors } from './dpo-monitors.js';
import { type DpoOptions, type DpoOptionsInput, dpoOptionsSchema } from './dpo-options.js';
import { dpoTask } from './dpo-task.js';
import { type ReferenceProgress, referenceLogps } from './reference-logps.js';
import { type Reference, referenceModel } from './reference-model.js';

export interface DpoRequest {
  readonly runtime: Runtime;
  readonly model: BaseModel;
  readonly tokenizer: Tokenizer;
  readonly rows: readonly PreferenceRow[];
  /** Held-out pairs, for `eval_loss` and `eval_rewards/…`. */
  readonly evalRows?: readonly PreferenceRow[] | undefined;
  readonly options?: Partial<DpoOptionsInput> | undefined;
  /** The adapter's shape, by PEFT's names; default r 16, lora_alpha 32 on all linear layers. */
  readonly lora?: Partial<LoraConfig> | undefined;
  /** Folder of an adapter to continue, which keeps its shape. */
  readonly adapter?: string | undefined;
  /** Whom the policy must stay near. A new adapter starts as the base, so the default is `base`; with `adapter` it must be named. */
  readonly reference?: Reference | undefined;
  /** Gets `adapter_config.json`, `adapter_model.safetensors`, `metrics.jsonl` and checkpoints. */
  readonly out: string;
  /** Folder of the reference's log-probabilities, which other runs may share; default `reference-logps` inside `out`. */
  readonly cache?: string | undefined;
  /** What became of the rows, before anything is computed. */
  onData?: ((counts: DpoCounts) => void) | undefined;
  /** While the reference's log-probabilities are computed. */
  onReference?: ((progress: ReferenceProgress) => void) | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  /** A run that goes wrong without an error: what is seen, the likely cause and the option that helps, each once. */
  onWarning?: ((warning: TrainWarning) => void) | undefined;
  /** Ends the run after the step at hand, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run ended, and all settings that it had. */
export interface DpoResult extends TrainResult {
  readonly counts: DpoCounts;
  readonly options: DpoOptions;
  readonly lora: LoraConfig;
  readonly reference: Reference;
}

/**
 * Direct preference optimization of a LoRA adapter. A run that was stopped goes on when it is called again with the
 * same request.
 *
 * @throws {TrainingError} when no pair is left, an adapter is continued without a named reference, an option is unknown
 * or out of range, the loss is not finite, or `out` holds another run
 * @see Rafailov et al. 2023, section 4; TRL 1.16 `DPOTrainer`
 */
export const dpo = async (request: DpoRequest): Promise<DpoResult> => {
  const { runtime, model, tokenizer, out, signal } = request;
  const options = parseOptions(dpoOptionsSchema, request.options);
  const { training, objective } = splitOptions(options);
  const { max_length, packing, ld_alpha } = objective;
  const reference = namedReference(request);

  // 1. Preference pairs (x, y_chosen, y_rejected).
  const { pairs, counts } = tokenizePairs(request.rows, tokenizer, options);
  const evalPairs = request.evalRows?.length ? tokenizePairs(request.evalRows, tokenizer, options).pairs : [];
  request.onData?.(counts);

  // 2. The policy π starts as an adapter on the base; the reference π_ref is frozen.
  const lora = await startLora(model, {
    lora: request.lora,
    adapter: request.adapter,
    seed: options.seed,
    dropout: false,
  });
  const frozen = await referenceModel(model, reference);

  // 3. log π_ref(y | x) of all pairs, once.
  const logps = await referenceLogps(runtime, model, frozen, [...pairs, ...evalPairs], {
    cache: request.cache ?? join(out, 'reference-logps'),
    batch_size: options.per_device_train_batch_size,
    max_tokens_per_microbatch: training.max_tokens_per_microbatch,
    packing,
    max_length,
    ld_alpha,
    onProgress: request.onReference,
    signal,
  });

  // 4. Minimize −log σ(β log π/π_ref(y_chosen) − β log π/π_ref(y_rejected)), or another loss, over the adapter.
  const unknown = { chosen: Number.NaN, rejected: Number.NaN };
  const examples = [...pairs, ...evalPairs].map((pair, i) => ({ ...pair, reference: logps?.[i] ?? unknown }));
  const result = await train({
    runtime,
    weights: model.quantized ?? model.weights,
    parameters: lora.parameters,
    initial: lora.initial,
    task: dpoTask(model.config, {
      linear: lora.linear,
      max_tokens_per_microbatch: training.max_tokens_per_microbatch,
      ...objective,
    }),
    examples: examples.slice(0, pairs.length),
    evalExamples: examples.slice(pairs.length),
    options: training,
    out,
    methodSettings: {
      method: 'dpo',
      model: model.config,
      lora: lora.config,
      reference: frozen.fingerprint,
      ...objective,
    },
    save: lora.save,
    onProgress: request.onProgress,
    monitors: dpoMonitors(options, { pairs: pairs.length, identical: counts.identical }),
    onWarning: request.onWarning,
    signal,
  });
  if (result.status === 'completed') await lora.save(out, result.parameters);
  return { ...result, counts, options, lora: lora.config, reference };
};

/** What the loop needs, and what the loss needs. */
const splitOptions = (options: DpoOptions) => {
  const entries = Object.entries(options);
  const isTraining = ([name]: [string, unknown]) => name in trainingOptionsSchema.shape;
  return {
    training: Object.fromEntries(entries.filter(isTraining)) as TrainingOptions,
    objective: Object.fromEntries(entries.filter(entry => !isTraining(entry))) as Omit<
      DpoOptions,
      keyof TrainingOptions
    >,
  };
};

const namedReference = ({ adapter, reference }: DpoRequest): Reference => {
  if (reference) return reference;
  if (!adapter) return 'base';
  throw new TrainingError(
    `${adapter} is continued, so say whom it must stay near. reference: { adapter: ${JSON.stringify(adapter)} } is the ` +
      "adapter as it is now (TRL's choice for an SFT adapter): rewards start at 0. reference: 'base' is the model without " +
      'any adapter: what the adapter has learned already counts as a reward.',
  );
};
