import { type FrozenWeight, hash32, type Program, type Runtime } from '@charter/tensor';
import {
  memoryJournal,
  type ParameterValues,
  type RunJournal,
  type TrainingArrays,
} from '../checkpoints/run-journal.js';
import { anyRank, assertSameText, checksum, fromRankZero } from '../collective/agreement.js';
import { type Collective, CollectiveTimeout, singleProcess } from '../collective/collective.js';
import type { MetricsEntry } from '../metrics/metrics-log.js';
import { type Monitor, MonitorSet, type TrainWarning, trainMonitors } from '../metrics/monitor.js';
import { FlatParameters, type Parameter } from '../optimizer/flat-parameters.js';
import { learningRates } from '../optimizer/schedules.js';
import { TrainingError } from '../training-error.js';
import type { TrainingOptions } from '../training-options.js';
import { bestEvaluation, comparesEvaluations, metricName } from './best-evaluation.js';
import { MetricMeans } from './metric-means.js';
import { runBatches } from './run-batches.js';
import { stepPlan } from './step-plan.js';
import { compileForward, TrainPrograms } from './train-programs.js';
import type { TrainingTask } from './training-task.js';

export interface LoopRequest<Example> {
  readonly runtime: Runtime;
  /** Frozen weights by name. */
  readonly weights: ReadonlyMap<string, FrozenWeight>;
  /**
   * Trained parameters, in the order of the flat array: an adapter's matrices, or any of the model's own weights, up to
   * all of them. A parameter replaces the frozen weight of its name.
   */
  readonly parameters: readonly Parameter[];
  /** Their values at the start, by name. */
  readonly initial: ReadonlyMap<string, ArrayLike<number>>;
  readonly task: TrainingTask<Example>;
  readonly examples: readonly Example[];
  readonly evalExamples?: readonly Example[] | undefined;
  readonly options: TrainingOptions;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  /** Failure modes of the method that monitors look for, beside `trainMonitors`. */
  readonly monitors?: Readonly<Record<string, Monitor>> | undefined;
  /** Called with each warning of a monitor; each monitor warns at most once. */
  onWarning?: ((warning: TrainWarning) => void) | undefined;
  /**
   * Called after each evaluation, before the next step: metrics of your own that it returns are logged with the others,
   * as `eval_…`. The run waits for it; rank 0 alone calls it.
   */
  onEvaluate?: ((evaluation: Evaluation) => OwnMetrics | Promise<OwnMetrics>) | undefined;
  /** Ends the run after the step at hand, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Processes that share each step, with the same request in all of them; default: this one alone. Options mean the same
   * for any number of processes: a step has the same examples.
   */
  readonly collective?: Collective | undefined;
}

/** Metrics by name, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a callback may return nothing
export type OwnMetrics = Readonly<Record<string, number>> | void;

/** An evaluation during training. */
export interface Evaluation {
  readonly step: number;
  /** Entry of `metrics.jsonl`: `eval_loss` and the others. */
  readonly metrics: MetricsEntry;
  /** Parameters as they were evaluated, by name. */
  readonly parameters: ParameterValues;
}

export interface TrainProgress {
  readonly step: number;
  readonly max_steps: number;
  /** Of the newest step; undefined before the first. */
  readonly loss: number | undefined;
  /** The metrics that were logged just now, if any. */
  readonly entry?: MetricsEntry | undefined;
  /** Tokens and seconds since this process began to train. */
  readonly tokens: number;
  readonly seconds: number;
  /** 0 before the first step. */
  readonly tokens_per_second: number;
  /** Time left at the pace so far; undefined before the first step. */
  readonly seconds_left: number | undefined;
}

export interface TrainResult {
  readonly status: 'completed' | 'stopped';
  readonly global_step: number;
  readonly max_steps: number;
  /** The last ones, or with `load_best_model_at_end` those of the best evaluation. */
  readonly parameters: ParameterValues;
  /** Step of the best evaluation, where the run compares them. */
  readonly best_global_step: number | undefined;
  /** Since the first step of the run, as TRL counts them. */
  readonly num_tokens: number;
  /** Tokens and seconds of this process; 0 when the run was already complete. */
  readonly tokens: number;
  readonly seconds: number;
  /** Step that this process resumed from: 0 for a new run, `max_steps` for a complete one. */
  readonly resumedFrom: number;
  /** The last logged metrics of training and of evaluation. */
  readonly last: { readonly train: MetricsEntry | undefined; readonly evaluation: MetricsEntry | undefined };
}

/**
 * Trains with AdamW until `max_steps` or until `signal` stops it. The same request gives the same bytes, whether it ran
 * at once or was stopped and resumed. A complete run is only read.
 *
 * @param journal store of the run's metrics and checkpoints
 * @throws {TrainingError} when loss or gradient is not finite, when there are no examples, or when evaluations are to be
 * compared and there are none
 */
export const trainLoop = async <Example>(
  request: LoopRequest<Example>,
  journal: RunJournal,
): Promise<TrainResult> => {
  const {
    runtime,
    weights,
    task,
    examples,
    options,
    onProgress,
    signal,
    collective = singleProcess,
  } = request;
  const writes = collective.rank === 0;
  const evalExamples = request.evalExamples ?? [];
  if (examples.length === 0) throw new TrainingError('There are no examples to train on.');
  const compares = comparesEvaluations(options);
  if (compares && (evalExamples.length === 0 || options.eval_steps === 0)) {
    throw new TrainingError(
      'load_best_model_at_end and early_stopping_patience compare evaluations: give evaluation data, and eval_steps.',
    );
  }
  const parameters = new FlatParameters(request.parameters);
  const plan = stepPlan(examples.length, options);
  const { totalSteps: max_steps } = plan;
  const learningRate = learningRates(options, max_steps);

  let found = await resumeTogether(journal, collective, parameters.size);
  if (found && found.state.max_steps > max_steps) {
    throw new TrainingError(
      `${journal.name} holds a run of ${found.state.max_steps} steps, of which ${found.state.global_step} are done, but ` +
        `${max_steps} were asked for. A run can be made longer, not shorter: choose another output folder.`,
    );
  }
  const resumedFrom = found?.state.global_step ?? 0;
  const pending = MetricMeans.from(found?.state.pending ?? {});
  let num_tokens = found?.state.num_tokens ?? 0;
  let global_step = resumedFrom;
  let start: TrainingArrays | undefined = found?.arrays ?? newArrays(parameters, request.initial);
  await collective.broadcast(start.parameters);

  const parametersAt = async (step: number): Promise<Float32Array> => {
    const values = writes ? await journal.parametersAt(step) : new Float32Array(parameters.size);
    await collective.broadcast(values);
    return values;
  };
  const tokensBefore = num_tokens;
  let began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  // Every process decides by what rank 0 logged: metrics of a caller's own are there alone.
  const compared = () =>
    fromRankZero(collective, compares && writes ? bestEvaluation(journal.entries(), options) : undefined);
  let best = await compared();
  let bestParameters: Float32Array | undefined;
  const finished = () => global_step === max_steps || (best?.exhausted ?? false);
  const result = async (last: () => Promise<Float32Array>, seconds: number): Promise<TrainResult> => {
    const entries = journal.entries();
    const best_global_step = best?.best_global_step;
    const elsewhere =
      options.load_best_model_at_end &&
      finished() &&
      best_global_step !== undefined &&
      best_global_step < global_step;
    const values = elsewhere ? (bestParameters ?? (await parametersAt(best_global_step))) : await last();
    return {
      status: finished() ? 'completed' : 'stopped',
      best_global_step,
      global_step,
      max_steps,
      parameters: parameters.unpack(values),
      num_tokens,
      tokens: num_tokens - tokensBefore,
      seconds,
      resumedFrom,
      last: {
        train: entries.findLast(entry => 'loss' in entry),
        evaluation: entries.findLast(entry => 'eval_loss' in entry),
      },
    };
  };
  let stopped = await anyRank(collective, signal?.aborted ?? false);
  if (finished() || stopped) {
    const { parameters: kept } = start;
    return result(async () => kept, 0);
  }

  const { gradient_checkpointing } = options;
  const setup = { runtime, weights, parameters, task: task as TrainingTask<never>, gradient_checkpointing };
  const programs = await TrainPrograms.compile(setup, options, start);
  // The programs have their own copies, and this function lasts as long as the training.
  found = start = undefined;
  let forward: Program | undefined;
  let stepLoss: number | undefined;
  began = performance.now();

  const progress = (entry?: MetricsEntry): void => {
    const [steps, tokens, seconds] = [global_step - resumedFrom, num_tokens - tokensBefore, elapsed()];
    onProgress?.({
      step: global_step,
      max_steps,
      loss: stepLoss,
      entry,
      tokens,
      seconds,
      tokens_per_second: tokens && tokens / seconds,
      seconds_left: steps ? (seconds / steps) * (max_steps - global_step) : undefined,
    });
  };

  const monitors = new MonitorSet({ ...trainMonitors, ...request.monitors }, journal.entries());
  const log = async (entry: MetricsEntry): Promise<void> => {
    await journal.log(entry);
    progress(entry);
    for (const warning of monitors.observe(entry)) request.onWarning?.(warning);
  };

  // No step follows the last update whose loss would show that it overflowed.
  const readArrays = async (): Promise<TrainingArrays> => {
    const arrays = await programs.read();
    for (const values of Object.values(arrays) as Float32Array[]) {
      const bad = values.find(value => !Number.isFinite(value));
      if (bad !== undefined)
        throw notFinite('update of the parameters', bad, { updates: global_step, run: journal.name });
    }
    return arrays;
  };

  let savedStep = resumedFrom;
  const save = async (): Promise<void> => {
    const { best_global_step, best_metric } = best ?? {};
    const state = {
      global_step,
      max_steps,
      num_tokens,
      pending: pending.toJSON(),
      ...(best_global_step !== undefined && { best_global_step, best_metric }),
    };
    await journal.checkpoint(state, async () => {
      const arrays = await readArrays();
      return { arrays, parameters: parameters.unpack(arrays.parameters) };
    });
    savedStep = global_step;
  };
  const checkpoint = async (): Promise<void> => {
    if (collective.size > 1) {
      const sum = checksum((await readArrays()).parameters);
      await assertSameText(collective, `${sum}`, differentParameters);
    }
    if (writes) await save();
  };

  const oneStep = async (): Promise<void> => {
    const batches = plan.batches(global_step).map(positions => positions.map(i => examples[i]!));
    const prepared = batches.map(batch => task.batch(batch, batches, collective.size));
    const { results, ranHere } = await runBatches(
      collective,
      prepared,
      programs.outputNames,
      ({ feeds, batch, index }, first) => {
        const number = global_step * options.gradient_accumulation_steps + batch + 1;
        const seed = hash32(hash32(options.seed ^ hash32(number)) ^ hash32(index));
        return programs.pass(feeds, { first, seed });
      },
    );
    const loss = results.reduce((sum, { loss }) => sum + loss, 0);
    assertFinite('loss', loss, { updates: global_step, run: journal.name });
    await programs.sumGradients(collective, { empty: ranHere === 0 });
    for (const [i, { tokens, metrics }] of prepared.entries()) {
      num_tokens += tokens;
      pending.add(metrics(results[i]!.outputs));
    }
    const learning_rate = learningRate(global_step);
    const grad_norm = await programs.step({ learning_rate, step: global_step + 1 });
    assertFinite('grad_norm', grad_norm, { updates: global_step, run: journal.name });
    global_step++;
    stepLoss = loss;
    pending.add({ loss });
    if (global_step % options.logging_steps && global_step < max_steps) return progress();
    const { loss: mean, ...means } = pending.take();
    const epoch = plan.epochAfter(global_step);
    await log({ step: global_step, loss: mean!, grad_norm, learning_rate, epoch, num_tokens, ...means });
  };

  // As in transformers, a batch's loss counts once for each of its examples.
  const evaluate = async (): Promise<void> => {
    forward ??= await compileForward(setup);
    const program = forward;
    const sums = new MetricMeans();
    let loss = 0;
    // As many batches at a time as there are processes.
    const batches = inBatches(evalExamples, options.per_device_train_batch_size);
    for (const group of inBatches(batches, collective.size)) {
      const prepared = group.map(batch => task.batch(batch, [batch], 1));
      const { results } = await runBatches(collective, prepared, programs.outputNames, ({ feeds }) =>
        programs.forward(program, feeds),
      );
      for (const [i, { loss: batchLoss, outputs }] of results.entries()) {
        loss += batchLoss * group[i]!.length;
        sums.add(prepared[i]!.metrics(outputs));
      }
    }
    assertFinite('eval_loss', loss, { updates: global_step, run: journal.name });
    const means = Object.entries(sums.take()).map(([name, value]) => [`eval_${name}`, value]);
    const metrics: MetricsEntry = {
      step: global_step,
      epoch: plan.epochAfter(global_step),
      eval_loss: loss / evalExamples.length,
      eval_num_tokens: num_tokens,
      ...Object.fromEntries(means),
    };
    await log({ ...metrics, ...(writes && (await ownMetrics(metrics))) });
    best = await compared();
    if (options.load_best_model_at_end && best?.best_global_step === global_step) {
      bestParameters = Float32Array.from((await readArrays()).parameters);
    }
  };

  const ownMetrics = async (metrics: MetricsEntry): Promise<Record<string, number>> => {
    if (!request.onEvaluate) return {};
    const evaluated = parameters.unpack((await readArrays()).parameters);
    const own = await request.onEvaluate({ step: global_step, metrics, parameters: evaluated });
    return Object.fromEntries(Object.entries(own ?? {}).map(([name, value]) => [metricName(name), value]));
  };

  try {
    progress();
    while (!finished() && !stopped) {
      await oneStep();
      const last = global_step === max_steps;
      const due = (every: number) => every > 0 && global_step % every === 0;
      if (evalExamples.length && (last || due(options.eval_steps))) await evaluate();
      stopped = await anyRank(collective, signal?.aborted ?? false);
      const keep = options.load_best_model_at_end && best?.best_global_step === global_step;
      if (finished() || stopped || keep || due(options.save_steps)) await checkpoint();
    }
    const seconds = elapsed();
    return await result(async () => (await readArrays()).parameters, seconds);
  } catch (error) {
    // Nothing changes the parameters until the gradients of all processes are here: the last whole step is kept.
    if (error instanceof CollectiveTimeout && writes && global_step > savedStep) await save();
    throw error;
  } finally {
    await forward?.dispose();
    await programs.dispose();
  }
};

/**
 * {@link trainLoop} without a folder, as in a browser: metrics come by `onProgress`, parameters by the result, and a run
 * that is stopped cannot be resumed.
 *
 * @throws {TrainingError} when loss or gradient is not finite, or when there are no examples
 */
export const trainInMemory = <Example>(request: LoopRequest<Example>): Promise<TrainResult> =>
  trainLoop(request, memoryJournal());

const newArrays = (
  parameters: FlatParameters,
  initial: ReadonlyMap<string, ArrayLike<number>>,
): TrainingArrays => ({
  parameters: parameters.pack(initial),
  exp_avg: new Float32Array(parameters.size),
  exp_avg_sq: new Float32Array(parameters.size),
});

/** The state that rank 0 resumes from, for every process of the collective. */
const resumeTogether = async (
  journal: RunJournal,
  collective: Collective,
  size: number,
): ReturnType<RunJournal['resume']> => {
  const found = await journal.resume();
  if (collective.size === 1) return found;
  const state = await fromRankZero(collective, found?.state ?? null);
  if (!state) return undefined;
  const empty = () => new Float32Array(size);
  const arrays = found?.arrays ?? { parameters: empty(), exp_avg: empty(), exp_avg_sq: empty() };
  for (const values of Object.values(arrays) as Float32Array[]) await collective.broadcast(values);
  return { state, arrays };
};

const differentParameters = (ranks: string): string =>
  `The parameters of ${ranks} are no longer those of rank 0, so no checkpoint was written. The machines compute ` +
  'differently: use equal processors, and the same versions of Charter and Node on all of them.';

interface Moment {
  /** Updates of the parameters so far. */
  readonly updates: number;
  readonly run: string;
}

const assertFinite = (name: string, value: number, moment: Moment): void => {
  if (!Number.isFinite(value)) throw notFinite(name, value, moment);
};

const notFinite = (name: string, value: number, { updates, run }: Moment): TrainingError => {
  const what = `The ${name} is ${value}`;
  return new TrainingError(
    updates === 0
      ? `${what} at step 1, before the first update, so the learning rate is not the cause; the run in ${run} stopped. ` +
          'The model or the adapter that is continued holds numbers that are not finite, or overflows. Score a text with ' +
          'it (charter score), and fetch it again or choose another adapter.'
      : `${what} after ${updates} ${updates === 1 ? 'step' : 'steps'}; the run in ${run} stopped, and its newest ` +
          'checkpoint is from before. The usual cause is a learning rate that is too high: lower learning_rate or raise ' +
          'warmup_steps, and start in another output folder.',
  );
};

const inBatches = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
