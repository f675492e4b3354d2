import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hash32, type Program, type Runtime, type StoredTensor } from '@charter/tensor';
import { loadCheckpoint, saveCheckpoint, type TrainingArrays } from './checkpoint-folder.js';
import { FlatParameters, type Parameter } from './flat-parameters.js';
import { Averages, appendMetrics, type MetricsEntry, truncateMetrics } from './metrics-log.js';
import { schedules, warmupSteps } from './schedules.js';
import { stepPlan } from './step-plan.js';
import { compileForward, TrainPrograms } from './train-programs.js';
import { TrainingError } from './training-error.js';
import type { TrainingOptions } from './training-options.js';
import type { TrainingTask } from './training-task.js';

export interface TrainRequest<Example> {
  readonly runtime: Runtime;
  /** Frozen weights by name. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** What is trained, in the order in which it lies in the flat array. */
  readonly parameters: readonly Parameter[];
  /** Their values at the start, by name. */
  readonly initial: ReadonlyMap<string, ArrayLike<number>>;
  readonly task: TrainingTask<Example>;
  readonly examples: readonly Example[];
  readonly evalExamples?: readonly Example[] | undefined;
  readonly options: TrainingOptions;
  /** Folder of `metrics.jsonl` and the checkpoints; a run that was stopped goes on from the newest one. */
  readonly out: string;
  /** Settings beyond `options` that must be equal for a run to go on. */
  readonly identity?: unknown;
  /** Writes the parameters in their own format into a checkpoint. */
  save(
    folder: string,
    parameters: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
  ): Promise<void>;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  /** Ends the run after the step at hand, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

export interface TrainProgress {
  readonly step: number;
  readonly max_steps: number;
  /** What was logged at this step, if anything. */
  readonly entry?: MetricsEntry | undefined;
  /** Since this process began. */
  readonly tokens: number;
  readonly seconds: number;
}

export interface TrainResult {
  readonly status: 'completed' | 'stopped';
  readonly global_step: number;
  readonly parameters: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;
  readonly tokens: number;
  readonly seconds: number;
  /** Step from which this process went on; 0 for a new run. */
  readonly resumedFrom: number;
}

/**
 * Trains by AdamW until the planned steps are done or `signal` stops it. The same request gives the same bytes,
 * whether it ran at once or was stopped and started again.
 *
 * @throws {TrainingError} when loss or gradient is not finite, when there are no examples, or when the folder holds
 * a run with other settings
 */
export const train = async <Example>(request: TrainRequest<Example>): Promise<TrainResult> => {
  const {
    runtime,
    weights,
    task,
    examples,
    evalExamples = [],
    options,
    out,
    save,
    onProgress,
    signal,
  } = request;
  if (examples.length === 0) throw new TrainingError('There are no examples to train on.');
  const parameters = new FlatParameters(request.parameters);
  const plan = stepPlan(examples.length, options);
  const { totalSteps: max_steps } = plan;
  const warmup = warmupSteps(options.warmup_steps, max_steps);
  const fingerprint = fingerprintOf(request);
  const metricsFile = join(out, 'metrics.jsonl');
  await mkdir(out, { recursive: true });

  const found = await loadCheckpoint(out, fingerprint);
  const resumedFrom = found?.state.global_step ?? 0;
  await truncateMetrics(metricsFile, resumedFrom);
  const pending = Averages.from(found?.state.pending ?? {});
  let num_tokens = found?.state.num_tokens ?? 0;
  let global_step = resumedFrom;

  const setup = { runtime, weights, parameters, task: task as TrainingTask<never> };
  const programs = await TrainPrograms.compile(
    setup,
    options,
    found?.arrays ?? newArrays(parameters, request.initial),
  );
  let forward: Program | undefined;
  const began = performance.now();
  const before = num_tokens;
  const progress = (entry?: MetricsEntry) =>
    onProgress?.({
      step: global_step,
      max_steps,
      entry,
      tokens: num_tokens - before,
      seconds: (performance.now() - began) / 1000,
    });

  const checkpoint = async () => {
    const arrays = await programs.read();
    await saveCheckpoint(out, {
      state: { global_step, max_steps, num_tokens, fingerprint, pending: pending.toJSON() },
      arrays,
      keep: options.save_total_limit,
      extra: folder => save(folder, parameters.unpack(arrays.parameters)),
    });
  };

  const oneStep = async (): Promise<void> => {
    const passes = plan.passes(global_step).map(positions => positions.map(i => examples[i]!));
    let loss = 0;
    for (const [i, batch] of passes.entries()) {
      const micro = task.batch(batch, passes);
      const seed = hash32(options.seed ^ hash32(global_step * options.gradient_accumulation_steps + i + 1));
      const { loss: part, ...outputs } = await programs.pass(micro, { first: i === 0, seed });
      loss += part!.data[0]!;
      num_tokens += micro.tokens;
      pending.add(micro.metrics(outputs));
    }
    const factor = schedules[options.lr_scheduler_type]({ step: global_step, warmup, total: max_steps });
    const learning_rate = options.learning_rate * factor;
    assertFinite('loss', loss, global_step + 1);
    const grad_norm = await programs.step({ learning_rate, step: global_step + 1 });
    assertFinite('grad_norm', grad_norm, global_step + 1);
    global_step++;
    pending.add({ loss });
    if (global_step % options.logging_steps && global_step < max_steps) return progress();
    const { loss: mean, ...means } = pending.take();
    const entry = {
      step: global_step,
      loss: mean!,
      grad_norm,
      learning_rate,
      epoch: plan.epochAfter(global_step),
      num_tokens,
      ...means,
    };
    await appendMetrics(metricsFile, entry);
    progress(entry);
  };

  const evaluate = async (): Promise<void> => {
    forward ??= await compileForward(setup);
    const averages = new Averages();
    let loss = 0;
    for (const batch of inBatches(evalExamples, options.per_device_train_batch_size)) {
      const micro = task.batch(batch, [batch]);
      const { loss: part, ...outputs } = await programs.forward(forward, micro);
      loss += part!.data[0]! * batch.length;
      averages.add(micro.metrics(outputs));
    }
    const means = Object.entries(averages.take()).map(([name, value]) => [`eval_${name}`, value]);
    const entry = {
      step: global_step,
      epoch: plan.epochAfter(global_step),
      eval_loss: loss / evalExamples.length,
      ...Object.fromEntries(means),
    };
    await appendMetrics(metricsFile, entry);
    progress(entry);
  };

  try {
    progress();
    while (global_step < max_steps && !signal?.aborted) {
      await oneStep();
      const last = global_step === max_steps;
      if (evalExamples.length && (last || (options.eval_steps && global_step % options.eval_steps === 0)))
        await evaluate();
      if (last || signal?.aborted || (options.save_steps && global_step % options.save_steps === 0))
        await checkpoint();
    }
    const arrays = await programs.read();
    return {
      status: global_step === max_steps ? 'completed' : 'stopped',
      global_step,
      parameters: parameters.unpack(arrays.parameters),
      tokens: num_tokens - before,
      seconds: (performance.now() - began) / 1000,
      resumedFrom,
    };
  } finally {
    await forward?.dispose();
    await programs.dispose();
  }
};

const newArrays = (
  parameters: FlatParameters,
  initial: ReadonlyMap<string, ArrayLike<number>>,
): TrainingArrays => ({
  parameters: parameters.pack(initial),
  exp_avg: new Float32Array(parameters.size),
  exp_avg_sq: new Float32Array(parameters.size),
});

const assertFinite = (name: string, value: number, step: number): void => {
  if (Number.isFinite(value)) return;
  throw new TrainingError(
    `The ${name} is ${value} at step ${step}. The likely cause is a learning rate that is too high: lower learning_rate or ` +
      'raise warmup_steps, and start again; the last checkpoint is from before.',
  );
};

const inBatches = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

const fingerprintOf = <Example>({
  options,
  examples,
  evalExamples = [],
  parameters,
  initial,
  task,
  identity,
}: TrainRequest<Example>): string => {
  const hash = createHash('sha256');
  // How often things are logged or saved may change between two starts; what is computed may not.
  const { logging_steps: _1, save_steps: _2, save_total_limit: _3, eval_steps: _4, ...settings } = options;
  hash.update(JSON.stringify({ settings, parameters, identity }));
  for (const { name } of parameters) hash.update(Float32Array.from(initial.get(name) ?? []));
  for (const example of [...examples, ...evalExamples]) hash.update(`${task.fingerprint(example)}\n`);
  return hash.digest('hex');
};
