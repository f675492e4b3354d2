import type { LoraConfig } from '@charter/lora';
import type { Runtime } from '@charter/tensor';
import type { Tokenizer } from '@charter/tokenizer';
import {
  type FrozenModel,
  type LoopRequest,
  type LoraTraining,
  parseOptions,
  type TrainProgress,
  type TrainResult,
  type TrainWarning,
} from '@charter/trainer';
import { type SftCounts, type SftExample, type SftRow, tokenizeSft } from './sft-examples.js';
import { type SftOptions, sftOptionsSchema } from './sft-options.js';
import { sftTask } from './sft-task.js';

/** What supervised fine-tuning needs, wherever its adapters are kept. */
export interface SftSettings {
  readonly runtime: Runtime;
  readonly model: FrozenModel;
  readonly tokenizer: Tokenizer;
  readonly rows: readonly SftRow[];
  /** Held-out rows, for `eval_loss`. */
  readonly evalRows?: readonly SftRow[] | undefined;
  readonly options?: Partial<SftOptions> | undefined;
  /** The adapter's shape, by PEFT's names; default r 16, lora_alpha 32 on all linear layers. */
  readonly lora?: Partial<LoraConfig> | undefined;
  /** What became of the rows, before training starts. */
  onData?: ((counts: SftCounts) => void) | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  /** A run that goes wrong without an error: what is seen, the likely cause and the option that helps, each once. */
  onWarning?: ((warning: TrainWarning) => void) | undefined;
  /** Ends the run after the step at hand. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run ended, and all settings that it had. */
export interface SftResult extends TrainResult {
  readonly counts: SftCounts;
  readonly options: SftOptions;
  readonly lora: LoraConfig;
}

/**
 * Tokenizes the rows and makes the request that trains an adapter on them.
 *
 * @param start makes the adapter, once the options are known to be right and the rows to have something to learn
 * @returns the request; `methodSettings` for the run's fingerprint, and `settled` for the result
 * @throws {TrainingError} when there is nothing to learn, or an option is unknown or out of range
 */
export const prepareSft = async <Lora extends LoraTraining>(
  request: SftSettings,
  start: (from: { lora: Partial<LoraConfig> | undefined; seed: number; dropout: true }) => Promise<Lora>,
) => {
  const { runtime, model, tokenizer } = request;
  const options = parseOptions(sftOptionsSchema, request.options);
  const { examples, counts } = tokenizeSft(request.rows, tokenizer, options);
  const evalExamples = request.evalRows?.length
    ? tokenizeSft(request.evalRows, tokenizer, options).examples
    : [];
  request.onData?.(counts);
  const lora = await start({ lora: request.lora, seed: options.seed, dropout: true });
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
    weights: model.quantized ?? model.weights,
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
    onWarning: request.onWarning,
    signal: request.signal,
  };
  const methodSettings = {
    method: 'sft',
    model: model.config,
    lora: lora.config,
    max_length,
    packing,
    loss_type,
  };
  return { loop, methodSettings, lora, settled: { counts, options, lora: lora.config } };
};
