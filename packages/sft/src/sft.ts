import type { LoraConfig } from '@charter/lora';
import type { Runtime } from '@charter/tensor';
import type { Tokenizer } from '@charter/tokenizer';
import {
  type BaseModel,
  parseOptions,
  startLora,
  type TrainProgress,
  type TrainResult,
  type TrainWarning,
  train,
} from '@charter/trainer';
import { type SftCounts, type SftRow, tokenizeSft } from './sft-examples.js';
import { type SftOptions, sftOptionsSchema } from './sft-options.js';
import { sftTask } from './sft-task.js';

export interface SftRequest {
  readonly runtime: Runtime;
  readonly model: BaseModel;
  readonly tokenizer: Tokenizer;
  readonly rows: readonly SftRow[];
  /** Held-out rows, for `eval_loss`. */
  readonly evalRows?: readonly SftRow[] | undefined;
  readonly options?: Partial<SftOptions> | undefined;
  /** The adapter's shape, by PEFT's names; default r 16, lora_alpha 32 on all linear layers. */
  readonly lora?: Partial<LoraConfig> | undefined;
  /** Folder of an adapter to continue, which keeps its shape. */
  readonly adapter?: string | undefined;
  /** Gets `adapter_config.json`, `adapter_model.safetensors`, `metrics.jsonl` and checkpoints. */
  readonly out: string;
  /** What became of the rows, before training starts. */
  onData?: ((counts: SftCounts) => void) | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  /** A run that goes wrong without an error: what is seen, the likely cause and the option that helps, each once. */
  onWarning?: ((warning: TrainWarning) => void) | undefined;
  /** Ends the run after the step at hand, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run ended, and all settings that it had. */
export interface SftResult extends TrainResult {
  readonly counts: SftCounts;
  readonly options: SftOptions;
  readonly lora: LoraConfig;
}

/**
 * Trains a LoRA adapter on rows. A run that was stopped goes on when it is called again with the same request.
 *
 * @throws {TrainingError} when there is nothing to learn, an option is unknown or out of range, the loss is not
 * finite, or `out` holds another run
 * @see TRL 1.16 `SFTTrainer`; Hu et al. 2021
 */
export const sft = async (request: SftRequest): Promise<SftResult> => {
  const { runtime, model, tokenizer, out } = request;
  const options = parseOptions(sftOptionsSchema, request.options);
  const { examples, counts } = tokenizeSft(request.rows, tokenizer, options);
  const held = request.evalRows?.length ? tokenizeSft(request.evalRows, tokenizer, options).examples : [];
  request.onData?.(counts);
  const lora = await startLora(model, {
    lora: request.lora,
    adapter: request.adapter,
    seed: options.seed,
    dropout: true,
  });
  const {
    max_length,
    packing,
    loss_type,
    completion_only_loss: _1,
    assistant_only_loss: _2,
    ...training
  } = options;
  const result = await train({
    runtime,
    weights: model.weights,
    parameters: lora.parameters,
    initial: lora.initial,
    task: sftTask(model.config, { linear: lora.linear, packing, max_length, loss_type }),
    examples,
    evalExamples: held,
    options: training,
    out,
    identity: { method: 'sft', model: model.config, lora: lora.config, max_length, packing, loss_type },
    save: lora.save,
    onProgress: request.onProgress,
    onWarning: request.onWarning,
    signal: request.signal,
  });
  if (result.status === 'completed') await lora.save(out, result.parameters);
  return { ...result, counts, options, lora: lora.config };
};
