import type { AdapterToSave, LoraConfig, ParsedAdapter } from '@charter/lora';
import { frozenWeights, type LinearLayer, type PretrainedModel } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import {
  type AdapterEvaluation,
  type BaseLayersRequest,
  baseLayers,
  type Collective,
  evaluationOfAdapter,
  type LoopRequest,
  type LoraTraining,
  loraTraining,
  type OwnMetrics,
  parseOptions,
  type TrainProgress,
  type TrainResult,
  type TrainWarning,
  trainInMemory,
} from '@charter/trainer';
import { type SftCounts, type SftExample, type SftRow, tokenizeSft } from './sft-examples.js';
import { type SftOptions, sftOptionsSchema } from './sft-options.js';
import { sftTask } from './sft-task.js';

/** Fields of a request for supervised fine-tuning that do not depend on where adapters are kept. */
export interface SftSettings {
  readonly runtime: Runtime;
  readonly model: PretrainedModel;
  readonly rows: readonly SftRow[];
  /** Held-out rows, for `eval_loss`. */
  readonly evalRows?: readonly SftRow[] | undefined;
  readonly options?: Partial<SftOptions> | undefined;
  /** Shape of the adapter, by PEFT's names; default r 16, lora_alpha 32 on all linear layers. */
  readonly lora?: Partial<LoraConfig> | undefined;
  /** Called with the counts of rows and tokens before training starts. */
  onData?: ((counts: SftCounts) => void) | undefined;
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
export interface SftResult extends TrainResult {
  readonly counts: SftCounts;
  readonly options: SftOptions;
  readonly lora: LoraConfig;
}

export interface SftInMemoryRequest extends SftSettings {
  /** Adapter to continue; it keeps its shape. */
  readonly adapter?: ParsedAdapter | undefined;
}

export interface SftInMemoryResult extends SftResult {
  /** The trained adapter, also when `signal` stopped the run: `localModel` runs it, `adapterFiles` writes it for PEFT. */
  readonly adapter: AdapterToSave;
}

/**
 * {@link sft} without a folder, as in a browser: metrics come by `onProgress`, and the adapter, with the same values, by
 * the result.
 *
 * @throws {TrainingError} when no token has a loss, an option is unknown or out of range, or the loss is not finite
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

interface PrepareStart {
  readonly startedAt?: Date | undefined;
  readonly outlier_channels?: BaseLayersRequest['known'];
}

/**
 * Tokenizes the rows and makes the request that trains an adapter on them.
 *
 * @param start makes the adapter, after options and rows were checked
 * @param begun facts of the run that is resumed; `startedAt` is the time that a chat template writes
 * @returns the request, `methodSettings` for the run's fingerprint, and `settled` for the result
 * @throws {TrainingError} when no token has a loss, or an option is unknown or out of range
 */
export const prepareSft = async <Lora extends LoraTraining>(
  request: SftSettings,
  start: (from: {
    lora: Partial<LoraConfig> | undefined;
    seed: number;
    dropout: true;
    base: LinearLayer | undefined;
  }) => Promise<Lora>,
  { startedAt: now = new Date(), outlier_channels: known }: PrepareStart = {},
) => {
  const { runtime, model } = request;
  const options = parseOptions(sftOptionsSchema, request.options);
  const tokenize = (rows: readonly SftRow[]) => tokenizeSft(rows, model.tokenizer, { ...options, now });
  const { examples, counts } = tokenize(request.rows);
  const evalExamples = request.evalRows?.length ? tokenize(request.evalRows).examples : [];
  request.onData?.(counts);
  const base = await baseLayers({
    runtime,
    model,
    matmul_precision: options.matmul_precision,
    texts: examples.map(({ ids }) => ids),
    known,
    collective: request.collective,
  });
  const lora = await start({ lora: request.lora, seed: options.seed, dropout: true, base: base.linear });
  const {
    max_length,
    packing,
    loss_type,
    completion_only_loss: _1,
    assistant_only_loss: _2,
    ...training
  } = options;
  const loop: LoopRequest<SftExample> = {
    runtime,
    weights: frozenWeights(model),
    parameters: lora.parameters,
    initial: lora.initial,
    task: sftTask(model.config, {
      linear: lora.linear,
      packing,
      max_length,
      max_tokens_per_microbatch: training.max_tokens_per_microbatch,
      loss_type,
    }),
    examples,
    evalExamples,
    options: training,
    onProgress: request.onProgress,
    onEvaluate: evaluationOfAdapter(lora, model.id, request.onEvaluate),
    onWarning: request.onWarning,
    signal: request.signal,
    collective: request.collective,
  };
  const methodSettings = {
    method: 'sft',
    model: model.config,
    lora: lora.config,
    max_length,
    packing,
    loss_type,
  };
  const { outlier_channels } = base;
  return { loop, methodSettings, lora, outlier_channels, settled: { counts, options, lora: lora.config } };
};
