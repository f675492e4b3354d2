import type { MetricsEntry } from '../metrics/metrics-log.js';

/** Arrays that resuming needs: parameters and optimizer state, each float32 `[n]`. */
export interface TrainingArrays {
  readonly parameters: Float32Array;
  readonly exp_avg: Float32Array;
  readonly exp_avg_sq: Float32Array;
}

/** The rest of a run's state. */
export interface TrainingState {
  readonly global_step: number;
  readonly max_steps: number;
  readonly num_tokens: number;
  /** Sums and counts of metrics that are not logged yet. */
  readonly pending: Record<string, [number, number]>;
  /** Step of the best evaluation, whose checkpoint is kept, and its metric. */
  readonly best_global_step?: number | undefined;
  readonly best_metric?: number | undefined;
}

/** A trained tensor by its name. */
export type ParameterValues = ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;

/** Store of a run's metrics and checkpoints, from which a stopped run resumes. */
export interface RunJournal {
  /** Name of the run in errors. */
  readonly name: string;
  /** State to resume from; undefined for a new run. Removes metrics entries after its step. */
  resume(): Promise<{ readonly state: TrainingState; readonly arrays: TrainingArrays } | undefined>;
  /** The metrics so far, oldest first. */
  entries(): readonly MetricsEntry[];
  log(entry: MetricsEntry): Promise<void>;
  /** @param read fetches the arrays from the device, and the parameters among them by name */
  checkpoint(
    state: TrainingState,
    read: () => Promise<{ readonly arrays: TrainingArrays; readonly parameters: ParameterValues }>,
  ): Promise<void>;
  /** Parameters, float32 `[n]`, of the checkpoint that was kept as the best. */
  parametersAt(step: number): Promise<Float32Array>;
}

/** Journal that keeps metrics and nothing else: a stopped run cannot be resumed. */
export const memoryJournal = (): RunJournal => {
  const entries: MetricsEntry[] = [];
  return {
    name: 'memory',
    resume: async () => undefined,
    entries: () => entries,
    log: async entry => {
      entries.push(entry);
    },
    checkpoint: async () => {},
    parametersAt: async step => {
      throw new Error(`the checkpoint of step ${step} was not kept`);
    },
  };
};
