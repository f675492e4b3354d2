import { TrainingError } from '../training-error.js';

/** A step of a schedule: `step` counts from 0, `warmup` and `total` are numbers of steps, `peak` is the peak rate. */
interface SchedulePoint {
  readonly step: number;
  readonly warmup: number;
  readonly total: number;
  readonly peak: number;
}

type Kwargs = Readonly<Record<string, number>>;

interface Schedule<Defaults extends Kwargs = Kwargs> {
  /** Keys of `lr_scheduler_kwargs` with their defaults; NaN marks a required one. */
  readonly kwargs: Defaults;
  /** Factor on the peak rate after the warm-up. */
  factor(at: SchedulePoint, kwargs: Defaults): number;
  /** `constant` has no warm-up in transformers. */
  readonly hasWarmup?: boolean;
}

const schedule = <Defaults extends Kwargs>(definition: Schedule<Defaults>) =>
  definition as unknown as Schedule;

const progress = ({ step, warmup, total }: SchedulePoint) => (step - warmup) / Math.max(1, total - warmup);

/** Cosine from 1 at progress 0 through `cycles` periods; half a period falls to 0. */
const cosineWave = (progress: number, cycles: number) =>
  0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));

/** `factor` scaled so that its 0 becomes `floor`. */
const withFloor = (floor: number, factor: number) => Math.max(0, factor * (1 - floor) + floor);

/**
 * Learning rates by transformers' names. All but `constant` start with a linear warm-up from 0.
 *
 * @see transformers 5.23 `optimization.py`
 */
export const schedules = {
  constant: schedule({ kwargs: {}, factor: () => 1, hasWarmup: false }),
  constant_with_warmup: schedule({ kwargs: {}, factor: () => 1 }),
  linear: schedule({ kwargs: {}, factor: at => Math.max(0, 1 - progress(at)) }),
  cosine: schedule({
    kwargs: { num_cycles: 0.5 },
    factor: (at, { num_cycles }) => Math.max(0, cosineWave(progress(at), num_cycles)),
  }),
  cosine_with_restarts: schedule({
    kwargs: { num_cycles: 1 },
    factor: (at, { num_cycles }) =>
      progress(at) >= 1 ? 0 : cosineWave((num_cycles * progress(at)) % 1, 0.5),
  }),
  cosine_with_min_lr: schedule({
    kwargs: { num_cycles: 0.5, min_lr_rate: Number.NaN },
    factor: (at, { num_cycles, min_lr_rate }) => withFloor(min_lr_rate, cosineWave(progress(at), num_cycles)),
  }),
  polynomial: schedule({
    kwargs: { power: 1, lr_end: 1e-7 },
    factor: (at, { power, lr_end }) =>
      withFloor(Math.min(1, lr_end / at.peak), Math.max(0, 1 - progress(at)) ** power),
  }),
  /** `timescale` is the warm-up, or 10,000 when there is none. */
  inverse_sqrt: schedule({
    kwargs: { timescale: 0 },
    factor: ({ step, warmup }, { timescale }) => {
      const scale = timescale || warmup || 10_000;
      return 1 / Math.sqrt((step + scale - warmup) / scale);
    },
  }),
  warmup_stable_decay: schedule({
    kwargs: { num_decay_steps: Number.NaN, min_lr_ratio: 0, num_cycles: 0.5 },
    factor: ({ step, total }, { num_decay_steps, min_lr_ratio, num_cycles }) => {
      const decayed = Math.max(0, step - (total - num_decay_steps)) / Math.max(1, num_decay_steps);
      return withFloor(min_lr_ratio, cosineWave(decayed, num_cycles));
    },
  }),
} satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

export interface ScheduleOptions {
  readonly lr_scheduler_type: ScheduleName;
  readonly lr_scheduler_kwargs: Kwargs;
  readonly warmup_steps: number;
  readonly learning_rate: number;
}

/**
 * The learning rate of each step, counted from 0. As in transformers, the first step of a warm-up has rate 0.
 *
 * @throws {TrainingError} for a keyword that the schedule does not have, or one that it needs
 */
export const learningRates = (options: ScheduleOptions, total: number): ((step: number) => number) => {
  const { lr_scheduler_type: name, learning_rate: peak } = options;
  const { factor, hasWarmup = true, kwargs: defaults }: Schedule = schedules[name];
  const unknown = Object.keys(options.lr_scheduler_kwargs).find(key => !(key in defaults));
  if (unknown) {
    const known = Object.keys(defaults).join(', ') || 'none';
    throw new TrainingError(`lr_scheduler_kwargs: "${name}" has no ${unknown}; it has: ${known}.`);
  }
  const kwargs = { ...defaults, ...options.lr_scheduler_kwargs };
  const missing = Object.keys(kwargs).find(key => Number.isNaN(kwargs[key]));
  if (missing) throw new TrainingError(`lr_scheduler_kwargs: "${name}" needs ${missing}.`);
  const warmup = hasWarmup ? warmupSteps(options.warmup_steps, total) : 0;
  return step =>
    peak * (step < warmup ? step / Math.max(1, warmup) : factor({ step, warmup, total, peak }, kwargs));
};

/** Steps of warm-up: a number below 1 is a share of all steps, rounded up, as in transformers 5. */
export const warmupSteps = (warmup: number, total: number): number =>
  warmup >= 1 ? Math.floor(warmup) : Math.ceil(total * warmup);
