import type { MetricsEntry } from './metrics-log.js';

/**
 * A check on a run's metrics for one failure mode: one line with the symptom, the likely cause and the option that
 * helps, or undefined while all is well.
 *
 * @param log training entries so far, oldest first
 */
export type Monitor = (log: readonly MetricsEntry[]) => string | undefined;

/** Warning of a monitor. */
export interface TrainWarning {
  readonly step: number;
  /** Name of the monitor. */
  readonly monitor: string;
  readonly message: string;
}

/** Monitors of a run; each warns at most once. */
export class MonitorSet {
  readonly #log: MetricsEntry[] = [];
  readonly #waiting: Map<string, Monitor>;

  /** @param logged entries of a resumed run: what they warned of is not repeated */
  constructor(monitors: Readonly<Record<string, Monitor>>, logged: readonly MetricsEntry[] = []) {
    this.#waiting = new Map(Object.entries(monitors));
    for (const entry of logged) this.observe(entry);
  }

  /** Warnings that a new entry gives rise to. */
  observe(entry: MetricsEntry): TrainWarning[] {
    if (!('loss' in entry)) return [];
    this.#log.push(entry);
    const warnings: TrainWarning[] = [];
    for (const [monitor, check] of this.#waiting) {
      const message = check(this.#log);
      if (message === undefined) continue;
      this.#waiting.delete(monitor);
      warnings.push({ step: entry.step, monitor, message });
    }
    return warnings;
  }
}

/** Entries that a monitor averages over: single steps are noisy. */
export const MONITOR_SPAN = 10;

/**
 * Mean of a metric over the newest `MONITOR_SPAN` entries, or over those `lag` spans earlier; undefined where the log is
 * too short.
 */
export const movingAverage = (
  log: readonly MetricsEntry[],
  metric: string,
  { lag = 0 }: { lag?: number } = {},
): number | undefined => {
  const end = log.length - lag * MONITOR_SPAN;
  if (end < MONITOR_SPAN) return undefined;
  const values = log.slice(end - MONITOR_SPAN, end).map(entry => entry[metric]!);
  return values.reduce((a, b) => a + b, 0) / values.length;
};

/** Failure modes of every method that the monitors look for. */
export const trainMonitors: Readonly<Record<string, Monitor>> = {
  /** A loss at twice its best mean or more: training diverges. */
  'loss rising': log => {
    const now = movingAverage(log, 'loss');
    if (now === undefined || log.length < 2 * MONITOR_SPAN) return undefined;
    const best = Math.min(
      ...Array.from(
        { length: Math.floor(log.length / MONITOR_SPAN) - 1 },
        (_, i) => movingAverage(log, 'loss', { lag: i + 1 })!,
      ),
    );
    if (best <= 0 || now < 2 * best) return undefined;
    return (
      `The loss rises: ${now.toFixed(3)} over the last ${MONITOR_SPAN} steps, after ${best.toFixed(3)}. ` +
      'The likely cause is a learning rate that is too high: lower learning_rate, or raise warmup_steps.'
    );
  },
};
