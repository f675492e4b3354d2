import type { LoraConfig } from '@charter/lora';
import type { Runtime } from '@charter/tensor';
import type { Tokenizer } from '@charter/tokenizer';
import { type BaseModel, startLora, type TrainProgress, type TrainResult, train } from '@charter/trainer';
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
  /** Folder of an adapter to continue; its own shape then holds. */
  readonly adapter?: string | undefined;
  /** Gets `adapter_config.json`, `adapter_model.safetensors`, `metrics.jsonl` and checkpoints. */
  readonly out: string;
  onData?: ((counts: SftCounts) => void) | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The adapter that is trained when nothing else is asked for, as TRL's command line has it, on all linear layers. */
export const defaultLora = { r: 16, lora_alpha: 32, target_modules: 'all-linear' } as const;

/**
 * Trains a LoRA adapter on rows. A run that was stopped goes on when it is called again with the same request.
 *
 * @throws {TrainingError} when there is nothing to learn, or the loss is not finite
 */
export const sft = async (request: SftRequest): Promise<TrainResult & { counts: SftCounts }> => {
  const { runtime, model, tokenizer, out } = request;
  const options = sftOptionsSchema.parse(request.options ?? {});
  const { examples, counts } = tokenizeSft(request.rows, tokenizer, options);
  request.onData?.(counts);
  const lora = await startLora(model, {
    lora: { ...defaultLora, ...request.lora },
    adapter: request.adapter,
    seed: options.seed,
    dropout: true,
  });
  const { max_length, packing } = options;
  const result = await train({
    runtime,
    weights: model.weights,
    parameters: lora.parameters,
    initial: lora.initial,
    task: sftTask(model.config, lora, { packing, max_length }),
    examples,
    evalExamples: request.evalRows?.length ? tokenizeSft(request.evalRows, tokenizer, options).examples : [],
    options,
    out,
    identity: { method: 'sft', lora: lora.config, max_length, packing },
    save: lora.save,
    onProgress: request.onProgress,
    signal: request.signal,
  });
  if (result.status === 'completed') await lora.save(out, result.parameters);
  return { ...result, counts };
};
