import type { AdapterToSave, LoraConfig, ParsedAdapter } from '@charter/lora';
import { frozenWeights, type PretrainedModel } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import {
  type AdapterEvaluation,
  type BaseLayersRequest,
  baseLayers,
  type Collective,
  evaluationOfAdapter,
  type LoopRequest,
  type LoraSettings,
  type LoraTraining,
  loraTraining,
  type OwnMetrics,
  parseOptions,
  TrainingError,
  type TrainingOptions,
  type TrainProgress,
  type TrainResult,
  type TrainWarning,
  trainInMemory,
  trainingOptionsSchema,
} from '@charter/trainer';
import { type DpoCounts, type PreferenceRow, tokenizePairs } from './dpo-examples.js';
import { dpoMonitors } from './dpo-monitors.js';
import { type DpoOptions, type DpoOptionsInput, dpoRequestOptionsSchema } from './dpo-options.js';
import { type DpoExample, dpoTask } from './dpo-task.js';
import { type FrozenReference, frozenReference } from './frozen-reference.js';
import { lossNamed } from './losses.js';
import {
  type LogpsCache,
  memoryLogpsCache,
  type ReferenceProgress,
  referenceLogps,
} from './reference-logps.js';

/** Model that the policy is compared with: the base, or the base with a frozen adapter. */
export type Reference<Adapter = string> = 'base' | { readonly adapter: Adapter };

/** Fields of a request for DPO; `Adapter` is a folder in PEFT's format, or an adapter in memory. */
export interface DpoSettings<Adapter> {
  readonly runtime: Runtime;
  readonly model: PretrainedModel;
  readonly rows: readonly PreferenceRow[];
  /** Held-out pairs, for `eval_loss` and `eval_rewards/…`. */
  readonly evalRows?: readonly PreferenceRow[] | undefined;
  readonly options?: Partial<DpoOptionsInput> | undefined;
  /** Shape of the adapter, by PEFT's names; default r 16, lora_alpha 32 on all linear layers. */
  readonly lora?: Partial<LoraConfig> | undefined;
  /** Adapter to continue; it keeps its shape. */
  readonly adapter?: Adapter | undefined;
  /** Reference model. Default `base` for a new adapter, which starts as the base; required with `adapter`. */
  readonly reference?: Reference<Adapter> | undefined;
  /** Called with the counts of pairs and tokens before anything is computed. */
  onData?: ((counts: DpoCounts) => void) | undefined;
  /** Called while the reference's log-probabilities are computed. */
  onReference?: ((progress: ReferenceProgress) => void) | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  /** Called after each evaluation with its metrics and the adapter as it is then; metrics that it returns are logged. The run waits for it. */
  onEvaluate?: ((evaluation: AdapterEvaluation) => OwnMetrics | Promise<OwnMetrics>) | undefined;
  /** Called with each warning of a monitor: symptom, likely cause and the option that helps, each once. */
  onWarning?: ((warning: TrainWarning) => void) | undefined;
  /** Ends the run after the current step. */
  readonly signal?: AbortSignal | undefined;
  /** Processes that share the run, each with the same request; rank 0 writes. Default: this one alone. */
  readonly collective?: Collective | undefined;
}

/** Result of a run, with all its settings. */
export interface DpoResult<Adapter = string> extends TrainResult {
  readonly counts: DpoCounts;
  readonly options: DpoOptions;
  readonly lora: LoraConfig;
  readonly reference: Reference<Adapter>;
}

export interface DpoInMemoryRequest extends DpoSettings<ParsedAdapter> {}

export interface DpoInMemoryResult extends DpoResult<ParsedAdapter> {
  /** The trained adapter, also when `signal` stopped the run: `localModel` runs it, `adapterFiles` writes it for PEFT. */
  readonly adapter: AdapterToSave;
}

/**
 * {@link dpo} without a folder, as in a browser: metrics come by `onProgress`, and the adapter, with the same values, by
 * the result.
 *
 * @throws {TrainingError} when no pair is left, an adapter is continued without a named reference, an option is unknown
 * or out of range, or the loss is not finite
 */
export const dpoInMemory = async (request: DpoInMemoryRequest): Promise<DpoInMemoryResult> => {
  const { model, adapter } = request;
  const { loop, lora, settled } = await prepareDpo(request, {
    start: from => loraTraining(model, { ...from, adapter }),
    load: async parsed => parsed,
    openCache: async () => memoryLogpsCache(),
  });
  const result = await trainInMemory(loop);
  const { config, targets } = lora;
  const trained = { config, targets, tensors: result.parameters, baseModel: model.id };
  return { ...result, ...settled, adapter: trained };
};

interface Storage<Adapter, Lora> {
  /** Makes the policy's adapter. */
  start(from: Omit<LoraSettings, 'adapter'>): Promise<Lora>;
  /** Reads the reference's adapter. */
  load(adapter: Adapter): Promise<ParsedAdapter>;
  openCache(reference: FrozenReference, options: DpoOptions): Promise<LogpsCache>;
  /** Time that a chat template writes; default now. */
  readonly startedAt?: Date | undefined;
  /** Channels of `baseLayers` that a resumed run began with. */
  readonly outlier_channels?: BaseLayersRequest['known'];
}

/**
 * Computes the reference's log-probabilities and makes the request that trains the policy.
 *
 * @param storage access to adapters and to known log-probabilities, in folders or in memory
 * @returns the request, `methodSettings` for the run's fingerprint, and `settled` for the result
 * @throws {TrainingError} as {@link dpoInMemory}
 */
export const prepareDpo = async <Adapter, Lora extends LoraTraining>(
  request: DpoSettings<Adapter>,
  storage: Storage<Adapter, Lora>,
) => {
  const { runtime, model, signal, collective } = request;
  const options = parseOptions(dpoRequestOptionsSchema, request.options);
  const { training, objective } = splitOptions(options);
  const reference = namedReference(request);

  // 1. Preference pairs (x, y_chosen, y_rejected).
  const { max_length } = objective;
  const now = storage.startedAt ?? new Date();
  const { pairs, counts } = tokenizePairs(request.rows, model.tokenizer, { max_length, now });
  const evalPairs = request.evalRows?.length
    ? tokenizePairs(request.evalRows, model.tokenizer, { max_length, now }).pairs
    : [];
  request.onData?.(counts);

  // 2. The policy π starts as an adapter on the base; the reference π_ref is frozen.
  const base = await baseLayers({
    runtime,
    model,
    matmul_precision: training.matmul_precision,
    texts: pairs.map(({ prompt, chosen }) => [...prompt, ...chosen]),
    known: storage.outlier_channels,
    collective,
  });
  const lora = await storage.start({
    lora: request.lora,
    seed: options.seed,
    dropout: false,
    base: base.linear,
  });
  const frozen = frozenReference(
    model,
    reference === 'base' ? undefined : await storage.load(reference.adapter),
    base,
  );

  // 3. log π_ref(y | x) of all pairs, once.
  const logps = await referenceLogps(runtime, model, frozen, [...pairs, ...evalPairs], {
    cache: await storage.openCache(frozen, options),
    batch_size: options.per_device_train_batch_size,
    max_tokens_per_microbatch: training.max_tokens_per_microbatch,
    packing: objective.packing,
    max_length,
    ld_alpha: objective.ld_alpha,
    onProgress: request.onReference,
    signal,
    collective,
  });

  // 4. Minimize −log σ(β log π/π_ref(y_chosen) − β log π/π_ref(y_rejected)), or another loss, over the adapter.
  const unknown = { chosen: Number.NaN, rejected: Number.NaN };
  const examples = [...pairs, ...evalPairs].map((pair, i) => ({ ...pair, reference: logps?.[i] ?? unknown }));
  const loop: LoopRequest<DpoExample> = {
    runtime,
    weights: frozenWeights(model),
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
    onProgress: request.onProgress,
    onEvaluate: evaluationOfAdapter(lora, model.id, request.onEvaluate),
    monitors: dpoMonitors(options, { pairs: pairs.length, identical: counts.identical }),
    onWarning: request.onWarning,
    signal,
    collective,
  };
  const methodSettings = {
    method: 'dpo',
    model: model.config,
    lora: lora.config,
    ...objective,
    loss_type: options.loss_type.map(type => lossNamed(type).name),
  };
  return { loop, methodSettings, lora, frozen, settled: { counts, options, lora: lora.config, reference } };
};

/** Options of the training loop, and those of the loss. */
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

const namedReference = <Adapter>({ adapter, reference }: DpoSettings<Adapter>): Reference<Adapter> => {
  if (reference) return reference;
  if (!adapter) return 'base';
  const [name, value] =
    typeof adapter === 'string' ? [adapter, JSON.stringify(adapter)] : ['The adapter', 'adapter'];
  throw new TrainingError(
    `${name} is continued, so name the reference of the policy. reference: { adapter: ${value} } is the adapter as it ` +
      "is now (TRL's choice for an SFT adapter): rewards start at 0. reference: 'base' is the model without any adapter: " +
      'what the adapter has learned already counts as a reward.',
  );
};
