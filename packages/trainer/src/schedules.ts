/** Where a schedule stands: `step` counts from 0, `warmup` and `total` are numbers of steps. */
interface At {
  readonly step: number;
  readonly warmup: number;
  readonly total: number;
}

const warmed = (at: At, after: (at: At) => number) =>
  at.step < at.warmup ? at.step / Math.max(1, at.warmup) : after(at);

const progress = ({ step, warmup, total }: At) => (step - warmup) / Math.max(1, total - warmup);

/**
 * Factor on the learning rate at each step, by transformers' names.
 *
 * @see transformers `optimization.py`
 */
export const schedules = {
  /** No change and, as in transformers, no warm-up. */
  constant: () => 1,
  constant_with_warmup: (at: At) => warmed(at, () => 1),
  linear: (at: At) => warmed(at, at => Math.max(0, 1 - progress(at))),
  cosine: (at: At) => warmed(at, at => Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress(at))))),
} satisfies Record<string, (at: At) => number>;

export type ScheduleName = keyof typeof schedules;

/** Steps of warm-up: a number below 1 is a share of all steps, rounded up, as in transformers 5. */
export const warmupSteps = (warmup: number, total: number): number =>
  warmup >= 1 ? Math.floor(warmup) : Math.ceil(total * warmup);
