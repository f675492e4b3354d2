import type { MetricsEntry } from './metrics-log.js';

/**
 * Looks at what a run has logged so far, and says in one line what goes wrong, the likely cause, and the option that
 * helps; undefined while nothing does.
 *
 * @param log the entries about training, oldest first
 */
export type Monitor = (log: readonly MetricsEntry[]) => string | undefined;

/** What a monitor said. */
export interface TrainWarning {
  readonly step: number;
  /** Name of the monitor. */
  readonly monitor: string;
  readonly message: string;
}

/** Shows each new entry of a log to monitors; each of them speaks once in a run. */
export class Watch {
  readonly #log: MetricsEntry[] = [];
  readonly #silent: Map<string, Monitor>;

  /** @param known entries of a run that goes on: what they gave reason to say was said then */
  constructor(monitors: Readonly<Record<string, Monitor>>, known: readonly MetricsEntry[] = []) {
    this.#silent = new Map(Object.entries(monitors));
    for (const entry of known) this.see(entry);
  }

  see(entry: MetricsEntry): TrainWarning[] {
    if (!('loss' in entry)) return [];
    this.#log.push(entry);
    const warnings: TrainWarning[] = [];
    for (const [monitor, look] of this.#silent) {
      const message = look(this.#log);
      if (message === undefined) continue;
      this.#silent.delete(monitor);
      warnings.push({ step: entry.step, monitor, message });
    }
    return warnings;
  }
}

/** How many entries a monitor averages over: single steps jump. */
export const MONITOR_WINDOW = 10;

/** Mean of a metric over the newest entries, or over those `back` windows before; undefined where the log is too short. */
export const windowMean = (
  log: readonly MetricsEntry[],
  metric: string,
  { back = 0 }: { back?: number } = {},
): number | undefined => {
  const end = log.length - back * MONITOR_WINDOW;
  if (end < MONITOR_WINDOW) return undefined;
  const values = log.slice(end - MONITOR_WINDOW, end).map(entry => entry[metric]!);
  return values.reduce((a, b) => a + b, 0) / values.length;
};

/** What any method can suffer from. */
export const trainMonitors: Readonly<Record<string, Monitor>> = {
  /** Far above its best: AdamW has left the valley that it was in. */
  'loss rising': log => {
    const now = windowMean(log, 'loss');
    if (now === undefined || log.length < 2 * MONITOR_WINDOW) return undefined;
    const best = Math.min(
      ...Array.from(
        { length: Math.floor(log.length / MONITOR_WINDOW) - 1 },
        (_, i) => windowMean(log, 'loss', { back: i + 1 })!,
      ),
    );
    if (best <= 0 || now < 2 * best) return undefined;
    return (
      `The loss rises: ${now.toFixed(3)} over the last ${MONITOR_WINDOW} steps, after ${best.toFixed(3)}. ` +
      'The likely cause is a learning rate that is too high: lower learning_rate, or raise warmup_steps.'
    );
  },
};
