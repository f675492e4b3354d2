import type { MatmulPrecision, PretrainedModel } from '../../packages/models/src/index.js';
import { sftTask } from '../../packages/sft/src/index.js';
import type { FrozenWeight, Runtime } from '../../packages/tensor/src/index.js';
import {
  baseLayers,
  FlatParameters,
  startLora,
  trainingOptionsSchema,
} from '../../packages/trainer/src/index.js';
import { TrainPrograms } from '../../packages/trainer/src/loop/train-programs.js';

export interface TrainStepOptions {
  /** Tokens of an example. */
  readonly time: number;
  /** Weights in place of the model's own. */
  readonly weights?: ReadonlyMap<string, FrozenWeight> | undefined;
  readonly gradient_checkpointing?: boolean | undefined;
  /** Default float32. */
  readonly matmul_precision?: MatmulPrecision | undefined;
}

/** Programs of a LoRA step, r 16 on all linear layers, as `sft` compiles them: a training step without a training loop. */
export const compileTrainStep = async (
  runtime: Runtime,
  model: Pick<PretrainedModel, 'id' | 'config' | 'weights'>,
  { time, weights, gradient_checkpointing = false, matmul_precision = 'float32' }: TrainStepOptions,
) => {
  const texts = [Array.from({ length: time }, (_, t) => (t * 104729) % model.config.vocab_size)];
  const { linear: base } = await baseLayers({
    runtime,
    model: model as PretrainedModel,
    matmul_precision,
    texts,
  });
  const lora = await startLora(model, { seed: 1, dropout: false, base });
  const parameters = new FlatParameters(lora.parameters);
  const task = sftTask(model.config, {
    linear: lora.linear,
    packing: false,
    max_length: time,
    max_tokens_per_microbatch: trainingOptionsSchema.shape.max_tokens_per_microbatch.parse(undefined),
  });
  const arrays = {
    parameters: parameters.pack(lora.initial),
    exp_avg: new Float32Array(parameters.size),
    exp_avg_sq: new Float32Array(parameters.size),
  };
  const programs = await TrainPrograms.compile(
    { runtime, weights: weights ?? model.weights, parameters, task: task as never, gradient_checkpointing },
    { adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8, weight_decay: 0, max_grad_norm: 1 },
    arrays,
  );
  return {
    /** One optimizer step on `rows` examples of `time` tokens with a loss on every token. @returns the loss */
    step: async (rows: number, step: number): Promise<number> => {
      const examples = Array.from({ length: rows }, (_, row) => ({
        ids: Array.from({ length: time }, (_, t) => (row * 7919 + t * 104729) % model.config.vocab_size),
        lossMask: Array.from({ length: time }, () => true),
      }));
      const { microbatches } = task.batch(examples, [examples], 1);
      let loss = 0;
      for (const [i, feeds] of microbatches.entries()) {
        loss += (await programs.pass(feeds, { first: i === 0, seed: step })).loss!.data[0]!;
      }
      await programs.step({ learning_rate: 2e-4, step });
      return loss;
    },
    dispose: () => programs.dispose(),
  };
};
