import type { MetricsEntry } from './metrics-log.js';

/** The arrays that a run needs to go on as if it had not stopped, each float32 `[n]`. */
export interface TrainingArrays {
  readonly parameters: Float32Array;
  readonly exp_avg: Float32Array;
  readonly exp_avg_sq: Float32Array;
}

/** Everything else of a run's state. */
export interface TrainingState {
  readonly global_step: number;
  readonly max_steps: number;
  readonly num_tokens: number;
  /** Sums of metrics that were not logged yet. */
  readonly pending: Record<string, [number, number]>;
}

/** A trained tensor by its name. */
export type ParameterValues = ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;

/** What a run writes down while it goes, and takes up again when it was stopped. */
export interface RunJournal {
  /** What errors call the run. */
  readonly name: string;
  /** What to go on from; undefined for a new run. Entries beyond it are struck out. */
  resume(): Promise<{ readonly state: TrainingState; readonly arrays: TrainingArrays } | undefined>;
  /** The metrics so far, oldest first. */
  entries(): Promise<readonly MetricsEntry[]>;
  log(entry: MetricsEntry): Promise<void>;
  /** @param read fetches the arrays from where they are trained, and the parameters among them by name */
  checkpoint(
    state: TrainingState,
    read: () => Promise<{ readonly arrays: TrainingArrays; readonly parameters: ParameterValues }>,
  ): Promise<void>;
}

/** Keeps metrics and nothing else: a run that is stopped does not go on. */
export const memoryJournal = (): RunJournal => {
  const entries: MetricsEntry[] = [];
  return {
    name: 'memory',
    resume: async () => undefined,
    entries: async () => entries,
    log: async entry => {
      entries.push(entry);
    },
    checkpoint: async () => {},
  };
};
